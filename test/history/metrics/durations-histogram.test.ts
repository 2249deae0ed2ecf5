import { expect, test } from 'vitest';
import {
  EMPTY_HISTOGRAM,
  spreadOf,
  sumOf,
  withDuration,
} from '../../../src/history/metrics/durations-histogram.ts';

test('of no durations nothing is said', () => {
  expect(spreadOf(EMPTY_HISTOGRAM)).toBeNull();
});

test('percentiles are near what they are, the sum is exact', () => {
  const durations = Array.from({ length: 1000 }, (_, at) => (at + 1) * 10);
  const spread = spreadOf(durations.reduce(withDuration, EMPTY_HISTOGRAM));
  expect(spread?.count).toBe(1000);
  expect(spread?.sumMs).toBe(5_005_000);
  expect(Math.abs((spread?.p50 ?? 0) / 5_000 - 1)).toBeLessThan(0.06);
  expect(Math.abs((spread?.p95 ?? 0) / 9_500 - 1)).toBeLessThan(0.06);
});

test('what took no time is no time', () => {
  expect(spreadOf(withDuration(EMPTY_HISTOGRAM, 0))).toEqual({ count: 1, sumMs: 0, p50: 0, p95: 0 });
});

test('those of many executions add up to those of one', () => {
  const durations = [3, 70, 70, 1_500, 0, 86_400_000];
  const one = durations.reduce(withDuration, EMPTY_HISTOGRAM);
  const many = durations.map((ms) => withDuration(EMPTY_HISTOGRAM, ms));
  expect(sumOf(many)).toEqual(one);
});
