import type { ProblemDetails } from '../api/problem.ts';
import type { InputField } from './input-fields.ts';

/** What the server said about single fields, at those fields. Empty where it said nothing of one. */
export function problemsByField(
  { where = [] }: ProblemDetails,
  fields: readonly Pick<InputField, 'field'>[],
): { readonly [field: string]: string } {
  const found = where.flatMap(({ field, message }) => {
    if (field === undefined) return [];
    const name = fields.find((each) => field === each.field || field === `input.${each.field}`)?.field;
    return name === undefined ? [] : [[name, message] as const];
  });
  return Object.fromEntries(found);
}
