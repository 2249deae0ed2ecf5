import { z } from '@hono/zod-openapi';
import { jsonSchema } from './common.ts';

const execution = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'is not the id of an execution');

export const simulationRequestSchema = z
  .object({
    /** A task, by its name or its file… */
    task: z.string().min(1).max(1024).optional(),
    input: z.record(z.string(), jsonSchema).default({}),
    /** … or a live execution that goes on in virtual time, from the end of its log or from a position in it. */
    fork: z.object({ execution, position: z.int().positive().optional() }).optional(),
    runs: z.int().min(1).max(2000).default(100),
    seed: z
      .int()
      .min(0)
      .max(2 ** 31 - 1)
      .default(1),
    hosts: z.int().min(1).max(16).default(1),
    faults: z.enum(['none', 'light', 'heavy']).default('none'),
    /** How agents behave, which signals are sent, what people decide: YAML or JSON. */
    agents: z
      .string()
      .max(256 * 1024)
      .default(''),
    /** Agents that no host offers. */
    without: z.array(z.string().min(1).max(128)).max(64).default([]),
    usesHistory: z.boolean().default(true),
  })
  .refine(({ task, fork }) => (task === undefined) !== (fork === undefined), {
    message: 'names a task or a fork, one of them',
  })
  .openapi('SimulationRequest');

const summarySchema = z.object({
  seed: z.number(),
  outcome: z.string(),
  durationMs: z.number(),
  usd: z.number(),
  tokens: z.number(),
  error: z.string().nullable(),
});

export const simulationSchema = z
  .object({
    id: z.string(),
    status: z.enum(['running', 'completed', 'cancelled', 'failed']),
    startedAt: z.number(),
    endedAt: z.number().nullable(),
    about: z.object({
      kind: z.enum(['task', 'fork']),
      task: z.string(),
      input: z.record(z.string(), jsonSchema).readonly().nullable(),
      fork: z
        .object({ execution: z.string(), position: z.number(), at: z.number(), elapsedMs: z.number() })
        .nullable(),
      runs: z.number(),
      seed: z.number(),
      hosts: z.number(),
      faults: z.enum(['none', 'light', 'heavy']),
      agents: z.string(),
      without: z.array(z.string()).readonly(),
      history: z.number(),
    }),
    done: z.number(),
    total: z.number(),
    runs: z.array(summarySchema).readonly(),
    /** What `troupe simulate --json` tells. */
    campaign: jsonSchema,
    error: z.object({ code: z.string(), message: z.string(), hint: z.string().nullable() }).nullable(),
  })
  .openapi('Simulation');

export const simulationsSchema = z.object({ simulations: z.array(simulationSchema).readonly() });

export const simulationParam = z.object({
  id: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/)
    .openapi({ param: { name: 'id', in: 'path' }, description: 'Id of the simulation' }),
});

export const runParam = simulationParam.extend({
  seed: z
    .string()
    .regex(/^\d{1,10}$/, 'is not a seed')
    .transform(Number)
    .openapi({ param: { name: 'seed', in: 'path' }, type: 'integer', description: 'Seed of the run' }),
});
