/** How far back a page looks: a key of {@link RANGES}; anything else is all. */
export type Range = '15m' | '1h' | '24h' | '7d' | '30d' | 'all';

export const RANGES: readonly { readonly key: Range; readonly title: string; readonly ms: number }[] = [
  { key: '15m', title: 'Last 15 minutes', ms: 900_000 },
  { key: '1h', title: 'Last hour', ms: 3_600_000 },
  { key: '24h', title: 'Last 24 hours', ms: 86_400_000 },
  { key: '7d', title: 'Last 7 days', ms: 604_800_000 },
  { key: '30d', title: 'Last 30 days', ms: 2_592_000_000 },
  { key: 'all', title: 'Any time', ms: Number.POSITIVE_INFINITY },
];

/**
 * When the range begins, ms since 1970; undefined for all. Rounded down to a 100th of the range, so that what is asked for stays the same
 * for a while.
 */
export function sinceOf(key: string | undefined, now: number): number | undefined {
  const range = RANGES.find((each) => each.key === key);
  if (range === undefined || !Number.isFinite(range.ms)) return undefined;
  const grain = Math.max(1_000, range.ms / 100);
  return Math.floor((now - range.ms) / grain) * grain;
}
