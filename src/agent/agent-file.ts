import { z } from 'zod';
import { ID_PATTERN, jsonSchemaSchema } from '../task/definition.ts';
import { parseDuration } from '../task/duration.ts';

/** The keys of an agent file as people write them; `readAgent` turns them into an AgentDefinition. Others are kept. */

const duration = z.union([z.string(), z.number()]).transform((value, context) => {
  try {
    const ms = parseDuration(String(value));
    if (ms > 0) return ms;
    context.addIssue({ code: 'custom', message: 'must be longer than nothing' });
  } catch (error) {
    context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) });
  }
  return z.NEVER;
});

const variable = z.union([
  z.string().min(1),
  z.strictObject({ name: z.string().min(1), secret: z.boolean().optional() }),
]);

const livenessSchema = z.looseObject({
  host: duration.optional(),
  process: duration.optional(),
  progress: duration.optional(),
});

const troupeBlockSchema = z.looseObject({
  runner: z.enum(['command', 'module', 'human']).optional(),
  command: z.array(z.string()).min(1).optional(),
  module: z.string().min(1).optional(),
  output: z.enum(['envelope', 'json', 'text']).optional(),
  outputSchema: jsonSchemaSchema.optional(),
  concurrency: z.int().min(1).max(10_000).optional(),
  timeout: duration.optional(),
  liveness: livenessSchema.optional(),
  capabilities: z.array(z.string()).optional(),
  env: z.array(variable).optional(),
  worker: z.boolean().optional(),
  isolation: z.string().optional(),
});

export const agentFileSchema = z.looseObject({
  name: z.string().regex(ID_PATTERN, 'must be 1 to 64 letters, digits, "_" and "-"').optional(),
  description: z.string().optional(),
  /** A list, or as other tools write it: `Read, Grep`. */
  tools: z.union([z.string(), z.array(z.string())]).optional(),
  model: z.string().optional(),
  troupe: troupeBlockSchema.optional(),
});

export type AgentFile = z.infer<typeof agentFileSchema>;

export const KNOWN_KEYS: readonly string[] = Object.keys(agentFileSchema.shape);
export const KNOWN_TROUPE_KEYS: readonly string[] = Object.keys(troupeBlockSchema.shape);
export const KNOWN_LIVENESS_KEYS: readonly string[] = Object.keys(livenessSchema.shape);
