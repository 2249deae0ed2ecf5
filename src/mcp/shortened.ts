import type { Json } from '../json.ts';

/** What fits into a model's context beside all else. */
const MOST_TEXT = 2_000;
const MOST_ITEMS = 50;

/** A value with long texts and lists cut, each where it says so. Whole values are in `show` with a step, and in the log. */
export function shortened(value: Json): Json {
  if (typeof value === 'string') return cut(value);
  if (Array.isArray(value)) {
    const shown = value.slice(0, MOST_ITEMS).map(shortened);
    return value.length > MOST_ITEMS ? [...shown, `… ${value.length - MOST_ITEMS} more`] : shown;
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, shortened(part as Json)]));
}

function cut(text: string): string {
  return text.length <= MOST_TEXT
    ? text
    : `${text.slice(0, MOST_TEXT)}… (${text.length - MOST_TEXT} more characters)`;
}
