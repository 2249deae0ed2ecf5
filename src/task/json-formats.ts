/** The values of `format` in JSON Schemas that are checked; a schema with another one is refused. */
export const JSON_FORMATS: { readonly [format: string]: (text: string) => boolean } = {
  date: isDate,
  'date-time': isDateTime,
  email: (text) => /^[^\s@]+@[^\s@]+$/.test(text),
  uri: (text) => URL.canParse(text),
  uuid: (text) => /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(text),
};

/** A day that exists, as `YYYY-MM-DD`. */
export function isDate(text: string): boolean {
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text) ?? [];
  if (year === undefined) return false;
  return Number(day) >= 1 && Number(day) <= daysIn(Number(year), Number(month));
}

/** RFC 3339, with a zone. */
function isDateTime(text: string): boolean {
  const [day = '', time = ''] = text.split(/[Tt]/, 2);
  return isDate(day) && /^([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?(Z|z|[+-]\d{2}:\d{2})$/.test(time);
}

function daysIn(year: number, month: number): number {
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  return [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0;
}
