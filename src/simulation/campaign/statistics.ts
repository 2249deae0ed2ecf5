/** How often something happened, and between what bounds its probability lies. */
export interface Share {
  readonly count: number;
  readonly of: number;
  /** 0 when there was none. */
  readonly share: number;
  /** Wilson score interval, 95 %. */
  readonly low: number;
  readonly high: number;
}

/**
 * The Wilson score interval at 95 %: right also for few runs and for shares near 0 and 1, where the plain one is not.
 * https://www.itl.nist.gov/div898/handbook/prc/section2/prc241.htm
 */
export function shareOf(count: number, of: number): Share {
  if (of === 0) return { count, of, share: 0, low: 0, high: 1 };
  const share = count / of;
  const square = Z_95 ** 2 / of;
  const middle = (share + square / 2) / (1 + square);
  const half = (Z_95 * Math.sqrt((share * (1 - share)) / of + square / (4 * of))) / (1 + square);
  return {
    count,
    of,
    share,
    // At the ends the formula is exact, and rounding must not say 0.9999….
    low: count === 0 ? 0 : Math.max(0, middle - half),
    high: count === of ? 1 : Math.min(1, middle + half),
  };
}

/** The 97.5 % point of the normal distribution. */
const Z_95 = 1.959963984540054;

/** Of a number of values. A quantile is a value that occurred: the smallest that is not exceeded by that share of them. */
export interface Quantiles {
  readonly count: number;
  readonly min: number;
  readonly mean: number;
  readonly p5: number;
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
}

/** Null when there is no value. */
export function quantilesOf(values: readonly number[]): Quantiles | null {
  const sorted = values.toSorted((one, other) => one - other);
  const [min] = sorted;
  const max = sorted.at(-1);
  if (min === undefined || max === undefined) return null;
  const rank = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1] ?? max;
  return {
    count: sorted.length,
    min,
    mean: meanOf(sorted),
    p5: rank(0.05),
    p50: rank(0.5),
    p95: rank(0.95),
    max,
  };
}

/** 0 for none. */
export function meanOf(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** How often each occurs, the most frequent first, then by name. */
export function tally(
  names: readonly string[],
): readonly { readonly name: string; readonly count: number }[] {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts]
    .map(([name, count]) => ({ name, count }))
    .sort((one, other) => other.count - one.count || (one.name < other.name ? -1 : 1));
}
