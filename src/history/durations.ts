import type { DurationSummary } from './store.ts';

/** @param sorted durations in ms, the shortest first */
export function summariseDurations(sorted: readonly number[]): DurationSummary | null {
  const [min] = sorted;
  const max = sorted.at(-1);
  if (min === undefined || max === undefined) return null;
  const sum = sorted.reduce((total, duration) => total + duration, 0);
  const rank = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1] ?? max;
  return { count: sorted.length, min, mean: sum / sorted.length, p50: rank(0.5), p95: rank(0.95), max };
}
