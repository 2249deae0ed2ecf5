import { excessKurtosis, mean, type Numbers, quantile, skewness } from './statistics.ts';

export interface TailRisk {
  /** Loss that is exceeded with probability `1 - level`, as a positive share of the position. */
  readonly valueAtRisk: number;
  /** Mean loss of the cases beyond it. */
  readonly expectedShortfall: number;
}

/** Both measures read off past returns of the wanted horizon. @param level 0.95 or 0.99 */
export function historicalTail(returns: Numbers, level: number): TailRisk {
  const threshold = quantile(returns, 1 - level);
  const beyond = Array.from(returns).filter((value) => value <= threshold);
  return { valueAtRisk: Math.max(0, -threshold), expectedShortfall: Math.max(0, -mean(beyond)) };
}

/**
 * Value at risk from the moments of the rows' returns (Cornish-Fisher expansion), with no drift. Skewness and kurtosis fade with
 * the horizon as they do for independent returns.
 * @param volatility per row, so that a forecast can take the place of the past's
 */
export function cornishFisherTail(returns: Numbers, rows: number, volatility: number, level: number): number {
  const z = NORMAL_QUANTILE[level === 0.99 ? 0.99 : 0.95];
  const skew = skewness(returns) / Math.sqrt(rows);
  const kurtosis = excessKurtosis(returns) / rows;
  const adjusted =
    z +
    ((z ** 2 - 1) * skew) / 6 +
    ((z ** 3 - 3 * z) * kurtosis) / 24 -
    ((2 * z ** 3 - 5 * z) * skew ** 2) / 36;
  return Math.max(0, 1 - Math.exp(adjusted * volatility * Math.sqrt(rows)));
}

/** Of the lower tail. */
const NORMAL_QUANTILE = { 0.95: -1.6448536269514722, 0.99: -2.3263478740408408 };
