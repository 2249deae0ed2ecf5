import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { corpusOf } from './corpus.ts';
import { hostileInput } from './hostile.ts';
import { LONG_INPUTS } from './long.ts';
import { Reading } from './reading.ts';
import { TARGETS } from './targets.ts';

const reading = new Reading();
afterAll(() => reading[Symbol.asyncDispose]());

/** More are tried by `npm run fuzz`. */
const INPUTS = 40;

test('every target has seeds in the corpus', () => {
  expect(TARGETS.filter(({ name }) => corpusOf(name).length === 0)).toEqual([]);
});

test.each(LONG_INPUTS)('$target reads to the end: $name', { timeout: 90_000 }, async ({ target, input }) => {
  expect(await reading.faultOf(target, input)).toBeUndefined();
});

describe.each(TARGETS.map(({ name }) => name))('%s', (target) => {
  test.each(corpusOf(target))('reads $name', { timeout: 90_000 }, async ({ input }) => {
    expect(await reading.faultOf(target, input)).toBeUndefined();
  });

  test('reads what is made of the corpus', { timeout: 120_000 }, async () => {
    const seeds = corpusOf(target)
      .map(({ input }) => input)
      .filter(({ length }) => length < 4096);
    for (const input of fc.sample(hostileInput(seeds), { seed: 1, numRuns: INPUTS })) {
      expect(await reading.faultOf(target, input), JSON.stringify(input).slice(0, 2000)).toBeUndefined();
    }
  });
});
