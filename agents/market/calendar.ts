/** Dates are ISO days (`2020-02-19`): they compare as text and know no time zone. */

const DAY_MS = 86_400_000;
const DAYS_IN_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** In lower case. */
export const MONTH_NAMES = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
] as const;
const MONTHS: readonly string[] = MONTH_NAMES.map((name) => name.slice(0, 3));

/** The ISO day of `2020-02-19`, `2020-02-19T00:00:00Z` or `Feb 19 2020`; undefined for anything else or a day that is none. */
export function parseDay(text: string): string | undefined {
  const iso = /^(\d{4})-(\d{2})-(\d{2})(?:[T ].*)?$/.exec(text);
  if (iso) return existingDay(Number(iso[1]), Number(iso[2]), Number(iso[3]));
  const written = /^([A-Za-z]{3})[a-z]* (\d{1,2}),? (\d{4})$/.exec(text);
  if (!written) return undefined;
  const month = MONTHS.indexOf((written[1] ?? '').toLowerCase()) + 1;
  return existingDay(Number(written[3]), month, Number(written[2]));
}

/** Calendar days from one day to another. */
export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS);
}

export function addDays(day: string, count: number): string {
  return new Date(Date.parse(day) + count * DAY_MS).toISOString().slice(0, 10);
}

/** The day after so many weekdays. Exchange holidays are not known, so plans say "first session on or after". */
export function addWeekdays(day: string, count: number): string {
  let result = day;
  for (let left = count; left > 0; ) {
    result = addDays(result, 1);
    const weekday = new Date(result).getUTCDay();
    if (weekday !== 0 && weekday !== 6) left -= 1;
  }
  return result;
}

/** From 1. */
export function monthOf(day: string): number {
  return Number(day.slice(5, 7));
}

export function monthName(month: number): string {
  const name = MONTHS[month - 1] ?? '';
  return name.charAt(0).toUpperCase() + name.slice(1);
}

function existingDay(year: number, month: number, day: number): string | undefined {
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const days = month === 2 && isLeap ? 29 : (DAYS_IN_MONTH[month - 1] ?? 0);
  if (day < 1 || day > days) return undefined;
  return `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
}
