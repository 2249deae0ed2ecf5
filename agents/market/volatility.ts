import { at, mean, type Numbers, standardDeviation } from './statistics.ts';

/** Yearly standard deviation of the last `rows` returns. */
export function realisedVolatility(returns: Numbers, rows: number, perYear: number): number {
  return standardDeviation(returns.slice(-rows)) * Math.sqrt(perYear);
}

/** Realised volatility at every row from the first with enough returns, for percentiles. */
export function rollingVolatility(returns: Numbers, rows: number, perYear: number): Float64Array {
  const result = new Float64Array(Math.max(0, returns.length - rows + 1));
  let total = 0;
  let squares = 0;
  for (let index = 0; index < returns.length; index += 1) {
    total += at(returns, index);
    squares += at(returns, index) ** 2;
    if (index >= rows) {
      total -= at(returns, index - rows);
      squares -= at(returns, index - rows) ** 2;
    }
    if (index >= rows - 1) {
      const variance = Math.max(0, (squares - (total * total) / rows) / (rows - 1));
      result[index - rows + 1] = Math.sqrt(variance * perYear);
    }
  }
  return result;
}

/** Yearly volatility expected next, by exponentially weighted squares of the returns (RiskMetrics: decay 0.94). */
export function forecastVolatility(returns: Numbers, perYear: number, decay = 0.94): number {
  let variance = mean(Array.from(returns.slice(0, 20), (value) => value * value));
  for (const value of returns) variance = decay * variance + (1 - decay) * value * value;
  return Math.sqrt(variance * perYear);
}

/** Yearly volatility from daily ranges (Parkinson 1980): sees what happens between two closes. */
export function rangeVolatility(high: Numbers, low: Numbers, rows: number, perYear: number): number {
  const squares = Array.from(high.slice(-rows), (top, index) => {
    const bottom = at(low, low.length - Math.min(rows, low.length) + index);
    return Math.log(top / bottom) ** 2;
  });
  return Math.sqrt((mean(squares) / (4 * Math.LN2)) * perYear);
}
