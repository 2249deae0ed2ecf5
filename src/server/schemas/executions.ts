import { z } from '@hono/zod-openapi';
import { jsonSchema } from './common.ts';

const instantMs = z.number().openapi({ description: 'Ms since 1970, in the time of the log' });
const position = z.int().openapi({ description: 'Place in the log, from 1' });

const ATTENTION = ['running', 'person', 'still', 'ended'] as const;

/** An execution in a list. */
export const rowSchema = z
  .object({
    id: z.string(),
    task: z.string(),
    version: z.string(),
    status: z.string(),
    startedAt: instantMs,
    endedAt: instantMs.nullable(),
    durationMs: z.number().nullable(),
    phases: z.object({
      total: z.int(),
      running: z.int(),
      completed: z.int(),
      failed: z.int(),
      skipped: z.int(),
      cancelled: z.int(),
    }),
    steps: z.object({ total: z.int(), done: z.int() }),
    /** What its agents used so far. */
    usage: z.looseObject({}),
    degraded: z.boolean(),
    error: z.object({ code: z.string(), message: z.string() }).nullable(),
    waitsFor: z.string().nullable(),
    rerunOf: z.object({ execution: z.string(), from: z.string().nullable() }).nullable(),
    position,
    isDriven: z.boolean().nullable(),
    /** `still`: it does not go on by itself, also since no living process drives it. */
    attention: z.enum(ATTENTION),
  })
  .loose()
  .openapi('Row');

export type Row = z.infer<typeof rowSchema>;

export const rowsSchema = z.object({
  executions: z.array(rowSchema),
  total: z.int(),
  byStatus: z.record(z.string(), z.int()),
  offset: z.int(),
  /** Older executions that are still being read, and missing here. */
  behind: z.int(),
  /** From where `/api/feed` tells what has changed since this answer. */
  cursor: z.string(),
});

const recordSchema = z
  .object({
    position,
    at: instantMs,
    id: z.string(),
    execution: z.string(),
    source: z.string(),
    type: z.string(),
    data: jsonSchema,
  })
  .openapi('LogRecord');

export const recordsSchema = z.object({
  records: z.array(recordSchema),
  /** Ask again with `after` this; null: these were the last. */
  next: position.nullable(),
  /** The last position of the execution, as far as it is known. */
  end: position,
});

export const viewSourceSchema = z
  .object({
    execution: z.string(),
    pinned: z.object({
      definition: z.looseObject({ name: z.string(), version: z.string() }),
      agents: z.record(z.string(), z.looseObject({ name: z.string() })),
      groups: z.record(z.string(), z.array(z.string())).optional(),
    }),
    pinnedDigest: z.string(),
    input: jsonSchema,
    /** Of one that was run again: what is kept of the run before. */
    kept: jsonSchema.optional(),
  })
  .openapi('ViewSource');

/** As `troupe show --json`, with where it stands. */
export const reportSchema = z
  .looseObject({
    execution: z.string(),
    task: z.string(),
    version: z.string(),
    status: z.string(),
    startedAt: z.string(),
    finishedAt: z.string().nullable(),
    durationMs: z.number().nullable(),
    phases: z.array(z.looseObject({ name: z.string(), status: z.string() })),
    position,
    isDriven: z.boolean().nullable(),
    why: z.object({
      kind: z.enum(['moving', 'person', 'waiting', 'held', 'dead', 'nobody']),
      headline: z.string(),
      reasons: z.array(
        z.object({
          text: z.string(),
          who: z.array(z.string()),
          since: z.number().nullable(),
          until: z.number().nullable(),
          otherwise: z.string().nullable(),
          isAlarming: z.boolean(),
          step: z.string().nullable(),
        }),
      ),
      next: z.array(z.object({ at: z.number(), what: z.string() })),
    }),
  })
  .openapi('Report');
