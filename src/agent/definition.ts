import { z } from 'zod';
import { ID_PATTERN, jsonSchemaSchema } from '../task/definition.ts';

/** How long each beat of an attempt may be silent, in ms. A beat that is not named has no bound of the agent's. */
const livenessSchema = z.strictObject({
  /** The host, towards the orchestrator: how long a claim holds without a heartbeat. */
  host: z.number().positive().optional(),
  /** The agent's process, or its worker thread; a function in the host's process lives as long as the host does. */
  process: z.number().positive().optional(),
  /** What the agent says: progress, or anything written to its outputs or its log. */
  progress: z.number().positive().optional(),
});

/**
 * What an agent is, as its file says it: plain JSON, normalised (durations in milliseconds, `env` spelled out).
 * `readAgent` makes it from a file; an agent host offers it if it has the runner.
 */
export const agentDefinitionSchema = z.strictObject({
  /** The role; steps name it. Equal to the file's name without `.md`. */
  name: z.string().regex(ID_PATTERN),
  description: z.string(),
  /** The body of the file; for runners that talk to a language model. */
  prompt: z.string(),
  tools: z.array(z.string()).optional(),
  model: z.string().optional(),
  /** Absent: nobody offers the agent from its file alone. */
  runner: z.enum(['command', 'module', 'human']).optional(),
  /** Program and arguments; never passed through a shell. */
  command: z.array(z.string()).min(1).optional(),
  /** Path of a module, relative to `directory`. */
  module: z.string().min(1).optional(),
  /** How a command answers: JSON lines, one JSON document, or text. */
  output: z.enum(['envelope', 'json', 'text']),
  outputSchema: jsonSchemaSchema.optional(),
  /** Attempts at once on one host. Absent: {@link defaultConcurrency}. */
  concurrency: z.int().min(1).max(10_000).optional(),
  /** Deadline of one attempt where the step sets none. */
  timeoutMs: z.number().positive().optional(),
  liveness: livenessSchema.optional(),
  capabilities: z.array(z.string()),
  /** Variables of the host's environment that the agent gets; the secret ones are scrubbed from what it says. */
  env: z.array(z.strictObject({ name: z.string().min(1), secret: z.boolean() })),
  /** Run the module in a worker thread. */
  worker: z.boolean(),
  isolation: z.string().optional(),
  /** Absolute folder of the file; relative paths of `command` and `module` start here. */
  directory: z.string(),
  /** Keys that this version does not know, as written. */
  extra: z.record(z.string(), z.unknown()),
});

export type AgentDefinition = z.infer<typeof agentDefinitionSchema>;
export type LivenessBounds = z.infer<typeof livenessSchema>;
export type AgentVariable = AgentDefinition['env'][number];
