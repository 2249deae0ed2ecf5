import { z } from '@hono/zod-openapi';

/** RFC 9457, with the code and hint of the catalogue of errors. */
export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    /** What happened and why. */
    detail: z.string(),
    /** Never renamed: programs may rely on it. */
    code: z.string(),
    /** What to do next. */
    hint: z.string().optional(),
    /** Fields or lines that are wrong. */
    where: z
      .array(z.object({ field: z.string().optional(), line: z.int().optional(), message: z.string() }))
      .optional(),
  })
  .openapi('Problem');

export type ProblemDetails = z.infer<typeof problemSchema>;
