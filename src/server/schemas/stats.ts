import { z } from '@hono/zod-openapi';

const ms = z.number();

const spreadSchema = z.object({
  count: z.number(),
  sumMs: ms,
  /** Near, to a twentieth. */
  p50: ms,
  p95: ms,
});

export const statsSchema = z
  .object({
    since: z.number(),
    until: z.number(),
    bucketMs: ms,
    buckets: z
      .array(
        z.object({
          at: z.number(),
          started: z.number(),
          completed: z.number(),
          failed: z.number(),
          timedOut: z.number(),
          aborted: z.number(),
          rolledBack: z.number(),
          usd: z.number(),
          tokens: z.number(),
          p50: ms.nullable(),
          p95: ms.nullable(),
        }),
      )
      .readonly(),
    durations: z.object({ count: z.number(), p50: ms, p95: ms }).nullable(),
    totals: z.object({
      executions: z.number(),
      running: z.number(),
      byStatus: z.record(z.string(), z.number()),
      tokens: z.number(),
      usd: z.number(),
      workMs: ms,
    }),
    tasks: z
      .array(
        z.object({
          task: z.string(),
          executions: z.number(),
          completed: z.number(),
          failed: z.number(),
          tokens: z.number(),
          usd: z.number(),
          p50: ms.nullable(),
          p95: ms.nullable(),
        }),
      )
      .readonly(),
    agents: z
      .array(
        z.object({
          agent: z.string(),
          attempts: z.number(),
          succeeded: z.number(),
          failed: z.number(),
          lost: z.number(),
          tokens: z.number(),
          usd: z.number(),
          busyMs: ms,
          work: spreadSchema.nullable(),
          waits: spreadSchema.nullable(),
        }),
      )
      .readonly(),
    failures: z
      .array(
        z.object({
          class: z.string(),
          count: z.number(),
          agents: z.array(z.object({ agent: z.string(), count: z.number() })).readonly(),
        }),
      )
      .readonly(),
    /** False while attempts of older executions are still being counted. */
    isComplete: z.boolean(),
  })
  .openapi('Stats');

export const taskDurationsSchema = z
  .object({
    /** The newest, of which the durations are. */
    executions: z.number(),
    /** By step id: from the first offer of a run to its success. */
    steps: z.record(z.string(), spreadSchema),
  })
  .openapi('TaskDurations');
