/** A stretch of durations, and how many are in it. */
export interface Bin {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/** Stretches of a round length over all values, empty ones included; at most `most`. */
export function binsOf(values: readonly number[], most: number): readonly Bin[] {
  if (values.length === 0) return [];
  const low = Math.min(...values);
  const high = Math.max(...values);
  const step = roundStep(Math.max(1, (high - low) / most));
  const first = Math.floor(low / step) * step;
  const count = Math.floor((high - first) / step) + 1;
  const counts = Array.from({ length: count }, () => 0);
  for (const value of values) {
    const at = Math.floor((value - first) / step);
    counts[at] = (counts[at] ?? 0) + 1;
  }
  return counts.map((many, at) => ({ from: first + at * step, to: first + (at + 1) * step, count: many }));
}

/** The next length in ms that a person reads easily. */
function roundStep(ms: number): number {
  for (const unit of UNITS_MS) if (unit >= ms) return unit;
  const day = 86_400_000;
  return Math.ceil(ms / day) * day;
}

const UNITS_MS = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 30_000, 60_000, 120_000, 300_000,
  600_000, 1_200_000, 1_800_000, 3_600_000, 7_200_000, 14_400_000, 28_800_000, 43_200_000, 86_400_000,
];
