import { at, last, type Numbers } from './statistics.ts';

export interface Drawdown {
  /** Loss from the highest close so far: 0 to 1. */
  readonly current: number;
  readonly worst: number;
  /** Row of the worst. */
  readonly worstAt: number;
  /** Row of the highest close. */
  readonly peakAt: number;
}

/** Loss from the running peak at every row: 0 to 1. */
export function drawdowns(prices: Numbers): Float64Array {
  const losses = new Float64Array(prices.length);
  let peak = 0;
  for (let index = 0; index < prices.length; index += 1) {
    peak = Math.max(peak, at(prices, index));
    losses[index] = 1 - at(prices, index) / peak;
  }
  return losses;
}

export function describeDrawdown(prices: Numbers): Drawdown {
  const losses = drawdowns(prices);
  let worstAt = 0;
  let peakAt = 0;
  for (let index = 0; index < losses.length; index += 1) {
    if (at(losses, index) > at(losses, worstAt)) worstAt = index;
    if (at(losses, index) === 0) peakAt = index;
  }
  return { current: last(losses), worst: at(losses, worstAt), worstAt, peakAt };
}

/** For every start, how far the price fell below it within the next rows: 0 or less. Only starts whose rows are all known. */
export function worstWithin(prices: Numbers, rows: number): Float64Array {
  const falls = new Float64Array(Math.max(0, prices.length - rows));
  for (let start = 0; start < falls.length; start += 1) {
    let lowest = at(prices, start);
    for (let ahead = 1; ahead <= rows; ahead += 1) lowest = Math.min(lowest, at(prices, start + ahead));
    falls[start] = lowest / at(prices, start) - 1;
  }
  return falls;
}
