import { describe, expect, it } from 'vitest';
import { bootstrapMean, seededRandom } from '../../../agents/market/bootstrap.ts';
import { addDays, addWeekdays, daysBetween, monthName, parseDay } from '../../../agents/market/calendar.ts';
import { drawdowns } from '../../../agents/market/drawdown.ts';
import { halfLife } from '../../../agents/market/mean-reversion.ts';
import { macd, relativeStrengthIndex, zScore } from '../../../agents/market/oscillators.ts';
import { monthsAhead } from '../../../agents/market/seasons.ts';
import {
  kellyFraction,
  riskBudgetFraction,
  volatilityTargetFraction,
} from '../../../agents/market/sizing.ts';
import {
  fitLine,
  mean,
  percentileOf,
  quantile,
  round,
  standardDeviation,
} from '../../../agents/market/statistics.ts';
import { money, percent, signedPercent } from '../../../agents/market/words.ts';

describe('calendar', () => {
  it.each([
    ['2020-02-29', '2020-02-29'],
    ['2020-02-19T00:00:00Z', '2020-02-19'],
    ['Feb 1 2000', '2000-02-01'],
    ['September 3, 2001', '2001-09-03'],
    ['2019-02-29', undefined],
    ['1900-02-29', undefined],
    ['2020-00-10', undefined],
    ['19.02.2020', undefined],
    ['', undefined],
  ])('reads %j as %j', (text, day) => {
    expect(parseDay(text)).toBe(day);
  });

  it('passes over weekends', () => {
    expect(addWeekdays('2020-02-19', 3)).toBe('2020-02-24');
    expect(addWeekdays('2020-02-22', 1)).toBe('2020-02-24');
  });

  it('counts across leap days', () => {
    expect(daysBetween('2020-02-28', '2020-03-01')).toBe(2);
    expect(addDays('2020-02-28', 2)).toBe('2020-03-01');
  });

  it('names the months ahead that count', () => {
    // From 24 February, 30 days are 5 of February and 25 of March: February is too short to count.
    expect(monthsAhead('2020-02-24', 30).map(monthName)).toEqual(['Mar']);
    expect(monthsAhead('2020-02-10', 30).map(monthName)).toEqual(['Feb', 'Mar']);
    expect(monthsAhead('2020-02-28', 1).map(monthName)).toEqual(['Feb']);
    expect(monthsAhead('2020-02-28', 400)).toHaveLength(12);
  });
});

describe('statistics', () => {
  it('interpolates quantiles between ranks', () => {
    // Position 0.25 * 3 = 0.75 between 1 and 2.
    expect(quantile([4, 1, 3, 2], 0.25)).toBe(1.75);
    expect(quantile([7], 0.9)).toBe(7);
  });

  it('counts equal values half in percentiles', () => {
    expect(percentileOf([1, 2, 2, 3], 2)).toBe(0.5);
  });

  it('divides by n - 1', () => {
    // Deviations of 2 and 4 from 3: 1 and 1, sum 2, by 1.
    expect(standardDeviation([2, 4])).toBe(Math.SQRT2);
  });

  it('fits a line exactly where there is one', () => {
    expect(fitLine([1, 3, 5, 7])).toEqual({ slope: 2, intercept: 1, fit: 1 });
    expect(fitLine([5, 5, 5])).toEqual({ slope: 0, intercept: 5, fit: 0 });
  });

  it('never rounds to minus nothing or to what JSON cannot say', () => {
    expect([round(-0.00001), round(Number.NaN), round(Number.POSITIVE_INFINITY), round(1.23456)]).toEqual([
      0, 0, 0, 1.2346,
    ]);
  });
});

describe('indicators at their limits', () => {
  it('gives 100, 0 and 50 for prices that only rise, only fall or stand still', () => {
    const rising = Array.from({ length: 30 }, (_, index) => 100 + index);
    expect(relativeStrengthIndex(rising)).toBe(100);
    expect(relativeStrengthIndex(rising.toReversed())).toBe(0);
    expect(relativeStrengthIndex(rising.map(() => 5))).toBe(50);
    expect(relativeStrengthIndex(rising.slice(0, 14))).toBeNaN();
  });

  it('gives a MACD and a z-score of 0 for prices that stand still', () => {
    const still = Array.from({ length: 60 }, () => 5);
    expect(macd(still)).toEqual({ line: 0, signal: 0, histogram: 0 });
    expect(zScore(still, 20)).toBe(0);
  });

  it('measures losses from the running peak', () => {
    expect([...drawdowns([100, 80, 120, 90])]).toEqual([0, 1 - 0.8, 0, 0.25]);
  });

  it('halves a gap that shrinks by half in one row, and never one that grows', () => {
    expect(halfLife([8, 4, 2, 1, 0.5])).toBeCloseTo(1, 10);
    expect(halfLife([1, 2, 4, 8])).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('sizes', () => {
  it('follow their formulas', () => {
    // 8 % a year at 20 %: 0.08 / 0.04.
    expect(kellyFraction(0.08, 0.2)).toBeCloseTo(2, 12);
    expect(kellyFraction(-0.05, 0.2)).toBe(0);
    expect(volatilityTargetFraction(0.15, 0.3)).toBe(0.5);
    expect(volatilityTargetFraction(0.15, 0.1)).toBe(1);
    expect(riskBudgetFraction(0.1, 0.4)).toBe(0.25);
    expect(riskBudgetFraction(0.1, 0.05)).toBe(1);
  });
});

describe('bootstrap', () => {
  const hits = Array.from({ length: 60 }, (_, index) => ((index * index) % 7 < 3 ? 1 : 0));

  it('gives the same interval for the same seed and another for another', () => {
    const values = hits.map((_, index) => Math.sin(index));
    expect(bootstrapMean(values, 'a')).toEqual(bootstrapMean(values, 'a'));
    expect(bootstrapMean(values, 'a')).not.toEqual(bootstrapMean(values, 'b'));
  });

  it('holds the mean, and narrows with more cases', () => {
    const { low, high } = bootstrapMean(hits, 'a', 1);
    expect(low).toBeLessThan(mean(hits));
    expect(high).toBeGreaterThan(mean(hits));
    const many = bootstrapMean([...hits, ...hits, ...hits, ...hits], 'a', 1);
    expect(many.high - many.low).toBeLessThan(high - low);
  });

  it('has nothing to say about nothing', () => {
    expect(bootstrapMean([], 'a')).toEqual({ low: 0, high: 0 });
  });

  it('draws numbers evenly from 0 to 1', () => {
    const random = seededRandom('even');
    const draws = Array.from({ length: 10_000 }, random);
    const perTenth = Array.from(
      { length: 10 },
      (_, tenth) => draws.filter((draw) => Math.floor(draw * 10) === tenth).length,
    );
    // 1,000 expected with a standard deviation of 30: five of them either way.
    expect(Math.min(...perTenth)).toBeGreaterThan(850);
    expect(Math.max(...perTenth)).toBeLessThan(1150);
  });
});

it('writes numbers as sentences have them', () => {
  expect([percent(0.1234), signedPercent(0.05, 0), signedPercent(-0.05), money(1234567.891)]).toEqual([
    '12.3 %',
    '+5 %',
    '-5.0 %',
    '1,234,567.89',
  ]);
});
