/**
 * Durations as counts by size, so that those of any number of executions can be added up in a few bytes. Bin 0 is nothing at all; a bin is a
 * tenth wider than the one before, so a percentile is off by a twentieth at most.
 */
export interface Histogram {
  readonly count: number;
  readonly sumMs: number;
  /** Bin -> how many. */
  readonly bins: { readonly [bin: string]: number };
}

export const EMPTY_HISTOGRAM: Histogram = { count: 0, sumMs: 0, bins: {} };

const GROWTH = Math.log(1.1);

export function withDuration(histogram: Histogram, ms: number): Histogram {
  const bin = ms < 1 ? 0 : 1 + Math.floor(Math.log(ms) / GROWTH);
  const { count, sumMs, bins } = histogram;
  return { count: count + 1, sumMs: sumMs + ms, bins: { ...bins, [bin]: (bins[bin] ?? 0) + 1 } };
}

export function sumOf(histograms: Iterable<Histogram>): Histogram {
  const bins: Record<string, number> = {};
  let count = 0;
  let sumMs = 0;
  for (const one of histograms) {
    count += one.count;
    sumMs += one.sumMs;
    for (const [bin, many] of Object.entries(one.bins)) bins[bin] = (bins[bin] ?? 0) + many;
  }
  return { count, sumMs, bins };
}

/** What is told of durations, in ms; percentiles are near, to a twentieth. */
export interface Spread {
  readonly count: number;
  readonly sumMs: number;
  readonly p50: number;
  readonly p95: number;
}

/** Null of no durations. */
export function spreadOf({ count, sumMs, bins }: Histogram): Spread | null {
  if (count === 0) return null;
  const sorted = Object.entries(bins)
    .map(([bin, many]) => [Number(bin), many] as const)
    .sort(([one], [other]) => one - other);
  const rank = (share: number): number => {
    let left = Math.ceil(share * count);
    for (const [bin, many] of sorted) {
      left -= many;
      if (left <= 0) return middleOf(bin);
    }
    return 0;
  };
  return { count, sumMs, p50: rank(0.5), p95: rank(0.95) };
}

function middleOf(bin: number): number {
  return bin === 0 ? 0 : Math.round(Math.exp((bin - 0.5) * GROWTH));
}
