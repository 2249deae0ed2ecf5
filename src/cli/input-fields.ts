import { usageInvalid } from '../errors.ts';

/**
 * Refuses a field that `-i FIELD=VALUE` gives twice: the last would win without a word, and a list is one value. Texts without `=`
 * are for the reader of the input to refuse.
 *
 * @throws TroupeError `USAGE`
 */
export function assertFieldsOnce({ input = [] }: { readonly input?: readonly string[] }): void {
  const seen = new Set<string>();
  for (const field of input
    .filter((text) => text.includes('='))
    .map((text) => text.slice(0, text.indexOf('=')))) {
    if (seen.has(field)) {
      throw usageInvalid(
        `The field '${field}' is given twice.`,
        `Give it once; a list is one value: -i '${field}=[1, 2]'.`,
      );
    }
    seen.add(field);
  }
}
