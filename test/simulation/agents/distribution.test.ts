import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { drawFrom, type Quantity } from '../../../src/simulation/agents/distribution.ts';
import { chance } from '../../../src/simulation/chance.ts';

const draws = (quantity: Quantity, count = 20_000): readonly number[] =>
  Array.from({ length: count }, (_, index) => drawFrom(quantity, chance(1, `e/s/${index}/latency`))).sort(
    (a, b) => a - b,
  );

const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.floor(share * sorted.length)] ?? 0;

describe('drawn values have the quantiles of their distribution', () => {
  test.each<[string, Quantity, number, number]>([
    ['uniform', { uniform: [100, 300] }, 200, 290],
    ['normal', { normal: { mean: '1m', sd: '5s' } }, 60_000, 68_224],
    ['logNormal', { logNormal: { median: '40s', p95: '3m' } }, 40_000, 180_000],
    ['exponential', { exponential: { mean: 1000 } }, 693.1, 2995.7],
  ])('%s', (_, quantity, median, p95) => {
    const sorted = draws(quantity);
    expect(quantile(sorted, 0.5) / median).toBeCloseTo(1, 1);
    expect(quantile(sorted, 0.95) / p95).toBeCloseTo(1, 1);
  });

  test('samples are drawn as often as each other', () => {
    const sorted = draws({ samples: [1, 2, 3, 4] });
    for (const sample of [1, 2, 3, 4]) {
      expect(sorted.filter((value) => value === sample).length / sorted.length).toBeCloseTo(0.25, 1);
    }
  });

  test('fixed values, as numbers and durations', () => {
    expect([drawFrom(5, 0.9), drawFrom('2s', 0), drawFrom({ fixed: '1m' }, 0.5)]).toEqual([5, 2000, 60_000]);
  });
});

test('a higher chance never gives a lower value, and none is negative', () => {
  const amount = fc.double({ min: 0.001, max: 1e6, noNaN: true });
  const quantity: fc.Arbitrary<Quantity> = fc.oneof(
    fc.tuple(amount, amount).map(([low, more]): Quantity => ({ uniform: [low, low + more] })),
    fc.record({ mean: amount, sd: amount }).map((normal): Quantity => ({ normal })),
    fc
      .tuple(amount, amount)
      .map(([median, more]): Quantity => ({ logNormal: { median, p95: median + more } })),
    amount.map((mean): Quantity => ({ exponential: { mean } })),
  );
  const share = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(
    fc.property(quantity, share, share, (drawn, one, other) => {
      const [low, high] = one < other ? [one, other] : [other, one];
      expect(drawFrom(drawn, low)).toBeGreaterThanOrEqual(0);
      expect(drawFrom(drawn, high)).toBeGreaterThanOrEqual(drawFrom(drawn, low) * (1 - 1e-8));
    }),
  );
});
