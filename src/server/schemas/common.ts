import { z } from '@hono/zod-openapi';
import { problemSchema } from './problem.ts';

/** Any JSON; what people and agents wrote stays as it is. */
export const jsonSchema = z.unknown().openapi('Json', { description: 'Any JSON value' });

export const executionParam = z.object({
  id: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/, 'is not the id of an execution')
    .openapi({ param: { name: 'id', in: 'path' }, description: 'Id of the execution' }),
});

/** A whole number from a query. */
export function wholeNumber(max: number, min = 0) {
  return z
    .string()
    .regex(/^\d{1,15}$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.int().min(min).max(max))
    .openapi({ type: 'integer', minimum: min, maximum: max });
}

/** Ms since 1970, or a time as ISO 8601 writes it. Gives ms. */
export const instant = z
  .string()
  .transform((text) => (/^-?\d+$/.test(text) ? Number(text) : text))
  .pipe(z.coerce.date({ error: 'must be ms since 1970 or an ISO 8601 time' }))
  .transform((date) => date.getTime())
  .openapi({ type: 'string', description: 'Ms since 1970, or a time as ISO 8601 writes it' });

/** The answers that every route may give besides its own. */
export const problems = {
  default: {
    description: 'What went wrong',
    content: { 'application/problem+json': { schema: problemSchema } },
  },
} as const;

export function jsonAnswer<Schema extends z.ZodType>(description: string, schema: Schema) {
  return { description, content: { 'application/json': { schema } } } as const;
}
