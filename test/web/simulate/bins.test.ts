import { expect, test } from 'vitest';
import { binsOf } from '../../../web/src/simulate/bins.ts';

test('every duration is in one stretch of a round length, and none is left out between', () => {
  const bins = binsOf([1_200, 1_900, 7_000, 61_000], 8);
  expect(bins.reduce((sum, { count }) => sum + count, 0)).toBe(4);
  expect(bins[0]).toEqual({ from: 0, to: 10_000, count: 3 });
  expect(bins.at(-1)).toEqual({ from: 60_000, to: 70_000, count: 1 });
  expect(bins).toHaveLength(7);
});

test('equal durations are one stretch, and no durations none', () => {
  expect(binsOf([5, 5, 5], 10)).toEqual([{ from: 5, to: 6, count: 3 }]);
  expect(binsOf([], 10)).toEqual([]);
});
