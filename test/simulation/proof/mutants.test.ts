import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { huntAll } from './hunts.ts';
import type { Hunt } from './mutant-process.ts';
import { HARMLESS, MUTANTS } from './mutants.ts';
import { runTrial } from './trial.ts';

/** Mutants that nothing catches take long to say so. */
const PATIENCE_MS = 240_000;

const hunts = new Map(MUTANTS.map(({ name }) => [name, Promise.withResolvers<Hunt>()]));
const hunting = huntAll(MUTANTS, { processes: 3, around: 0 }, (hunt) => {
  hunts.get(hunt.name)?.resolve(hunt);
});
hunting.catch((error: unknown) => {
  for (const { promise, reject } of hunts.values()) {
    promise.catch(() => undefined);
    reject(error);
  }
});

test('there are enough of them, each with a name of its own', () => {
  expect(hunts.size).toBe(MUTANTS.length);
  expect(MUTANTS.length).toBeGreaterThanOrEqual(40);
});

test('without a mutant the same seeds find nothing', { timeout: PATIENCE_MS }, async () => {
  for (const votes of [false, true]) {
    const seeds = MUTANTS.filter(
      (mutant) => mutant.workload === undefined && (mutant.votes ?? false) === votes,
    ).map(({ seed }) => seed);
    for (const seed of new Set(seeds)) {
      const { findings } = await runTrial({ seed, votes, faults: 'heavy' });
      expect({ seed, findings }).toEqual({ seed, findings: [] });
    }
  }
});

test.each(MUTANTS)(
  '$name: $what; a seed finds it',
  { timeout: PATIENCE_MS },
  async ({ name, file, find }) => {
    expect(readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8').split(find)).toHaveLength(2);
    expect(await hunts.get(name)?.promise).toMatchObject({ name, caught: expect.anything() });
  },
);

test.each(HARMLESS)('$name: no harm, $because', ({ file, find }) => {
  expect(sourceOf(file).split(find)).toHaveLength(2);
});

function sourceOf(file: string): string {
  return readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8');
}
