import { exponentialAverage } from './averages.ts';
import { at, last, mean, type Numbers, standardDeviation } from './statistics.ts';

/** Relative strength index with Wilder's smoothing: 0 to 100, 50 when gains and losses balance. NaN with too few prices. */
export function relativeStrengthIndex(prices: Numbers, rows = 14): number {
  if (prices.length <= rows) return Number.NaN;
  let gain = 0;
  let loss = 0;
  for (let index = 1; index < prices.length; index += 1) {
    const change = at(prices, index) - at(prices, index - 1);
    const weight = index <= rows ? index : rows;
    gain += (Math.max(change, 0) - gain) / weight;
    loss += (Math.max(-change, 0) - loss) / weight;
  }
  return gain + loss === 0 ? 50 : (100 * gain) / (gain + loss);
}

export interface Macd {
  readonly line: number;
  readonly signal: number;
  /** Line less signal: above 0 when momentum grows. */
  readonly histogram: number;
}

/** Moving average convergence divergence with the usual 12, 26 and 9 rows, in price units. */
export function macd(prices: Numbers, fast = 12, slow = 26, smoothing = 9): Macd {
  const slowAverage = exponentialAverage(prices, slow);
  const lines = exponentialAverage(prices, fast).map((value, index) => value - at(slowAverage, index));
  const line = last(lines);
  const signal = last(exponentialAverage(lines, smoothing));
  return { line, signal, histogram: line - signal };
}

/** How many standard deviations the last value is from the mean of the last `rows`; 0 when they are all equal. */
export function zScore(values: Numbers, rows: number): number {
  const window = values.slice(-rows);
  const deviation = standardDeviation(window);
  return deviation === 0 ? 0 : (last(values) - mean(window)) / deviation;
}
