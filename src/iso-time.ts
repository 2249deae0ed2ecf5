/** ISO 8601 in UTC for people and scripts. Pure: it reads no clock, only the argument (ms since 1970). */
export function isoTime(ms: number): string {
  // biome-ignore lint/style/noRestrictedGlobals: a conversion, not a clock.
  return new Date(ms).toISOString();
}

/** The ms since 1970 of what {@link isoTime} wrote; NaN for what is no time. */
export function parseIsoTime(text: string): number {
  // biome-ignore lint/style/noRestrictedGlobals: a conversion, not a clock.
  return Date.parse(text);
}
