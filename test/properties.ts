/**
 * fast-check as the tests get it (vitest.config.ts puts this in its place): `npm test` draws the same values every time, so that what it
 * says is about the change and not about the day. `TROUPE_SEED=random npm test` looks for new ones, `TROUPE_SEED=N` repeats.
 */
import fc from '../node_modules/fast-check/lib/fast-check.js';

const wanted = process.env.TROUPE_SEED ?? '1';
if (wanted !== 'random') fc.configureGlobal({ seed: Number(wanted) });

export * from '../node_modules/fast-check/lib/fast-check.js';
export default fc;
