import { at, type Numbers } from './statistics.ts';

/** Logarithmic returns from row to row; one fewer than prices. */
export function logReturns(prices: Numbers): Float64Array {
  const returns = new Float64Array(Math.max(0, prices.length - 1));
  for (let index = 1; index < prices.length; index += 1) {
    returns[index - 1] = Math.log(at(prices, index) / at(prices, index - 1));
  }
  return returns;
}

/** Simple returns over so many rows, one per possible start; neighbours overlap. */
export function returnsOver(prices: Numbers, rows: number): Float64Array {
  const returns = new Float64Array(Math.max(0, prices.length - rows));
  for (let start = 0; start + rows < prices.length; start += 1) {
    returns[start] = at(prices, start + rows) / at(prices, start) - 1;
  }
  return returns;
}

/** Simple return between two places counted from the end: `trailingReturn(p, 252, 21)` is the 12-1 momentum of daily prices. */
export function trailingReturn(prices: Numbers, from: number, to = 0): number {
  return at(prices, prices.length - 1 - to) / at(prices, prices.length - 1 - from) - 1;
}
