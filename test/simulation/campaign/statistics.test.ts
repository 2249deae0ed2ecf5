import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { meanOf, quantilesOf, shareOf, tally } from '../../../src/simulation/campaign/statistics.ts';

describe('shareOf', () => {
  // https://www.itl.nist.gov/div898/handbook/prc/section2/prc241.htm gives 4 of 20 as an example for the interval.
  it.each([
    [4, 20, 0.0807, 0.416],
    [0, 10, 0, 0.2775],
    [10, 10, 0.7225, 1],
    [95, 100, 0.8882, 0.9785],
    [1, 1, 0.2065, 1],
  ])('%i of %i lies between %f and %f', (count, of, low, high) => {
    const share = shareOf(count, of);
    expect(share.low).toBeCloseTo(low, 3);
    expect(share.high).toBeCloseTo(high, 3);
  });

  it('of nothing says nothing', () => {
    expect(shareOf(0, 0)).toEqual({ count: 0, of: 0, share: 0, low: 0, high: 1 });
  });

  it('always holds the share itself', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (of, part) => {
          const { share, low, high } = shareOf(Math.round(part * of), of);
          expect(low).toBeLessThanOrEqual(share);
          expect(high).toBeGreaterThanOrEqual(share);
        },
      ),
    );
  });
});

describe('quantilesOf', () => {
  it('gives values that occurred', () => {
    const values = Array.from({ length: 100 }, (_, at) => 100 - at);
    expect(quantilesOf(values)).toEqual({
      count: 100,
      min: 1,
      mean: 50.5,
      p5: 5,
      p50: 50,
      p95: 95,
      max: 100,
    });
  });

  it('of one value gives that, of none null', () => {
    expect(quantilesOf([7])).toEqual({ count: 1, min: 7, mean: 7, p5: 7, p50: 7, p95: 7, max: 7 });
    expect(quantilesOf([])).toBeNull();
  });
});

it('meanOf none is 0', () => {
  expect(meanOf([])).toBe(0);
  expect(meanOf([1, 2, 6])).toBe(3);
});

it('tally counts, the most frequent first', () => {
  expect(tally(['b', 'a', 'c', 'b', 'a'])).toEqual([
    { name: 'a', count: 2 },
    { name: 'b', count: 2 },
    { name: 'c', count: 1 },
  ]);
});
