import { expect, test } from 'vitest';
import { seededRandom } from '../../../src/adapters/memory/seeded-random.ts';

const draw = (seed: number): (string | number)[] => {
  const random = seededRandom(seed);
  return [random.id(), random.next(), random.token(), random.id()];
};

test('the same seed gives the same, another seed something else', () => {
  expect(draw(7)).toEqual(draw(7));
  expect(draw(8)).not.toEqual(draw(7));
});

test('ids fit the grammar, differ, and sort in the order in which they were made', () => {
  const random = seededRandom(1);
  const ids = Array.from({ length: 1_000 }, () => random.id());
  expect(ids.filter((id) => !/^[A-Za-z0-9_-]{1,64}$/.test(id))).toEqual([]);
  expect(ids).toEqual([...new Set(ids)].sort());
});

test('numbers are in [0, 1) and spread evenly', () => {
  const random = seededRandom(3);
  const numbers = Array.from({ length: 10_000 }, () => random.next());
  const tenths = Array.from(
    { length: 10 },
    (_, tenth) => numbers.filter((number) => Math.floor(number * 10) === tenth).length,
  );
  expect(Math.min(...tenths)).toBeGreaterThan(800);
  expect(tenths.reduce((sum, count) => sum + count)).toBe(10_000);
});
