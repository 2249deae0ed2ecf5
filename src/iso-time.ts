/** ISO 8601 in UTC for people and scripts. Pure: it reads no clock, only the argument (ms since 1970). */
export function isoTime(ms: number): string {
  const whole = Math.trunc(ms);
  const second = Math.floor(whole / 1000);
  if (second !== last.second) last = { second, text: textOf(second) };
  return `${last.text}${String(whole - second * 1000).padStart(3, '0')}Z`;
}

/** A report tells many times of the same second, and converting each costs more than the rest of its line. */
let last = { second: 0, text: textOf(0) };

/** Up to the point before the milliseconds. Throws RangeError for what is no time. */
function textOf(second: number): string {
  // biome-ignore lint/style/noRestrictedGlobals: a conversion, not a clock.
  return new Date(second * 1000).toISOString().slice(0, -'000Z'.length);
}

/** The ms since 1970 of what {@link isoTime} wrote; NaN for what is no time. */
export function parseIsoTime(text: string): number {
  // biome-ignore lint/style/noRestrictedGlobals: a conversion, not a clock.
  return Date.parse(text);
}
