import { expect, test } from 'vitest';
import { runTrial } from './trial.ts';

test.each([1, 2, 3, 4, 5, 6, 7, 8])(
  'seed %i makes the same trace every time, byte for byte',
  async (seed) => {
    const one = await runTrial({ seed, faults: 'heavy' });
    const other = await runTrial({ seed, faults: 'heavy' });
    expect(other.trace.text).toBe(one.trace.text);
    expect(other.outcomes).toEqual(one.outcomes);
  },
);

test.each([1, 2, 3, 4, 5, 6, 7, 8])(
  'the faults of seed %i, made again by their script, make the same trace',
  async (seed) => {
    const { script, trace } = await runTrial({ seed, faults: 'heavy' });
    const again = await runTrial({ seed, faults: script });
    expect(again.trace.text).toBe(trace.text);
  },
);

test('other seeds make other traces', async () => {
  const traces = await Promise.all(
    [1, 2, 3].map(async (seed) => (await runTrial({ seed, faults: 'heavy' })).trace.digest()),
  );
  expect(new Set(traces).size).toBe(3);
});
