import { durationInvalid } from '../errors.ts';

/**
 * Reads a duration as people write it: one number with a unit (`5 minutes`, `500ms`, `30 days`) or several
 * without spaces, largest unit first (`1h30m`).
 *
 * @returns milliseconds, a whole number of at least 0.
 * @throws TroupeError `DURATION_INVALID` for anything else: signs, fractions, unknown or repeated units.
 */
export function parseDuration(text: string): number {
  const ms = /^\d+ ?[A-Za-z]+$/.test(text.trim()) ? readSingle(text.trim()) : readCompound(text.trim());
  if (ms === undefined || ms > MAX_DURATION_MS) throw durationInvalid(text);
  return ms;
}

/** Writes milliseconds so that {@link parseDuration} reads the same number again: `1h30m`, `500ms`, `0ms`. */
export function formatDuration(ms: number): string {
  let rest = Math.max(0, Math.round(ms));
  let text = '';
  for (const [unit, unitMs] of WRITTEN_UNITS) {
    const count = Math.floor(rest / unitMs);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * unitMs;
  }
  return text === '' ? '0ms' : text;
}

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const WEEK_MS = 7 * DAY_MS;

/** 1,000 years: far above any use, far below where milliseconds lose whole numbers. */
const MAX_DURATION_MS = 365_000 * DAY_MS;

const WRITTEN_UNITS: readonly (readonly [string, number])[] = [
  ['d', DAY_MS],
  ['h', HOUR_MS],
  ['m', MINUTE_MS],
  ['s', SECOND_MS],
  ['ms', 1],
];

const UNITS: ReadonlyMap<string, number> = new Map([
  ...['ms', 'millisecond', 'milliseconds'].map((name) => [name, 1] as const),
  ...['s', 'sec', 'secs', 'second', 'seconds'].map((name) => [name, SECOND_MS] as const),
  ...['m', 'min', 'mins', 'minute', 'minutes'].map((name) => [name, MINUTE_MS] as const),
  ...['h', 'hr', 'hrs', 'hour', 'hours'].map((name) => [name, HOUR_MS] as const),
  ...['d', 'day', 'days'].map((name) => [name, DAY_MS] as const),
  ...['w', 'week', 'weeks'].map((name) => [name, WEEK_MS] as const),
]);

function readSingle(text: string): number | undefined {
  const unitMs = UNITS.get(text.replace(/^\d+ ?/, '').toLowerCase());
  return unitMs === undefined ? undefined : Number.parseInt(text, 10) * unitMs;
}

function readCompound(text: string): number | undefined {
  if (!/^(\d+[A-Za-z]+)+$/.test(text)) return undefined;
  let total = 0;
  let previousUnitMs = Number.POSITIVE_INFINITY;
  for (const [, count = '', unit = ''] of text.matchAll(/(\d+)([A-Za-z]+)/g)) {
    const unitMs = UNITS.get(unit.toLowerCase());
    if (unitMs === undefined || unitMs >= previousUnitMs) return undefined;
    total += Number(count) * unitMs;
    previousUnitMs = unitMs;
  }
  return total;
}
