import { z } from '@hono/zod-openapi';
import { jsonSchema } from './common.ts';

const step = z.string().min(1).max(128);
const person = z.string().min(1).max(128);
const comment = z.string().max(10_000).optional();
const subject = z
  .string()
  .max(256)
  .optional()
  .openapi({ description: 'Digest of what the person has looked at' });
const reason = z.string().max(4096).optional();

/** What may be asked of an execution; the same as on the command line. */
export const controlSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('pause'), reason }),
    z.strictObject({ kind: z.literal('resume') }),
    z.strictObject({
      kind: z.literal('abort'),
      reason,
      rollback: z.boolean().optional(),
      by: person.optional(),
    }),
    z.strictObject({
      kind: z.literal('rollback'),
      to: z.string().min(1).max(128).optional(),
      step: step.optional(),
      afterwards: z.enum(['stop', 'continue']).optional(),
      reason,
      by: person.optional(),
    }),
    z.strictObject({ kind: z.literal('retry') }),
    z.strictObject({ kind: z.literal('checkpoint'), name: z.string().min(1).max(128) }),
    z.strictObject({
      kind: z.literal('signal'),
      name: z.string().min(1).max(256),
      payload: jsonSchema.optional(),
    }),
    z.strictObject({ kind: z.literal('approve'), step, by: person, comment, subject }),
    z.strictObject({ kind: z.literal('reject'), step, by: person, comment, subject }),
    z.strictObject({ kind: z.literal('delegate'), step, by: person, to: person, comment }),
    z.strictObject({ kind: z.literal('complete'), step, output: jsonSchema, by: person }),
    z.strictObject({ kind: z.literal('vote'), step, by: person, vote: jsonSchema, subject }),
  ])
  .openapi('Control');

export const sentSchema = z
  .object({
    execution: z.string(),
    accepted: z.boolean(),
    /** Why it changed nothing. */
    reason: z.string().optional(),
    position: z.int(),
    status: z.string(),
    owner: z.looseObject({ process: z.string(), pid: z.int(), hostname: z.string() }).nullable(),
  })
  .openapi('SentControl');

export const startSchema = z
  .strictObject({
    /** Its name, see /api/tasks. */
    task: z.string().min(1).max(256),
    input: z.record(z.string(), jsonSchema).default({}),
    /** The same id with the same task and input is the execution that is there. Default: a fresh one. */
    id: z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be 1 to 64 letters, digits, "_" and "-"')
      .optional(),
  })
  .openapi('Start');

export const startedSchema = z.object({ execution: z.string(), isNew: z.boolean() });
