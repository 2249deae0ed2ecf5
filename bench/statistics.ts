/** Few figures from many: all pure. */

export function median(values: readonly number[]): number {
  return percentile(values, 50);
}

export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor((percent / 100) * sorted.length))] ?? Number.NaN;
}

export function spread(values: readonly number[]): { min: number; median: number; max: number } {
  return { min: round(Math.min(...values)), median: round(median(values)), max: round(Math.max(...values)) };
}

export function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
