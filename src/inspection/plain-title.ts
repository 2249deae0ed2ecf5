import type { Json } from '../json.ts';

const PLACEHOLDER = /\{\{-?\s*(.*?)\s*-?\}\}/g;
const INPUT_FIELD = /^input\.([A-Za-z_][A-Za-z0-9_]*)$/;

/**
 * A title without its template: fields of the input stand in it as they are, anything else as `…`.
 * @param item of a `forEach`, which stands in it where it is short
 */
export function plainTitle(title: string, input: Json, item?: Json): string {
  if (!title.includes('{{')) return title;
  return title
    .replace(PLACEHOLDER, (_, inside: string) => {
      if (inside === 'item' && isShort(item)) return String(item);
      const field = INPUT_FIELD.exec(inside)?.[1];
      const value = field === undefined ? undefined : (input as { readonly [name: string]: Json })?.[field];
      return typeof value === 'string' || typeof value === 'number' ? String(value) : '…';
    })
    .trim();
}

/** Whether it can stand in a title. */
export function isShort(value: Json | undefined): value is string | number {
  return typeof value === 'number' || (typeof value === 'string' && value !== '' && value.length <= 40);
}
