import { agentNameInvalid, agentOptionInvalid } from '../errors.ts';
import type { Json } from '../json.ts';
import type { AgentRequest, RollbackWish, Usage } from '../ports/agent-request.ts';
import { ID_PATTERN } from '../task/definition.ts';
import { parseDuration } from '../task/duration.ts';
import type { AgentVariable, LivenessBounds } from './definition.ts';
import type { Attachment } from './runner.ts';

/** What an agent's function gets beside the request. */
export interface AgentContext {
  /** Aborted when the attempt is to stop: the work is no longer wanted, and what it returns is dropped. */
  readonly signal: AbortSignal;
  /** Shows live news to whoever watches; not recorded. */
  progress(news: Json): void;
  /** Writes to the attempt's log, which `show --logs` prints. */
  readonly logger: AttemptLogger;
  /** Says what the attempt used, for budgets; the last call counts. */
  usage(usage: Usage): void;
  /**
   * Says that what was done before is to be undone, up to a checkpoint or all of it. Obeyed when the task names the agent in
   * `mayRollback`; the last call counts.
   */
  rollback(wish: RollbackWish): void;
  /** Hands over a file beside the output; stored when the attempt succeeds. */
  attach(attachment: Attachment): void;
}

export interface AttemptLogger {
  debug(message: string, fields?: Json): void;
  info(message: string, fields?: Json): void;
  warn(message: string, fields?: Json): void;
  error(message: string, fields?: Json): void;
}

/**
 * Performs a step and returns its output: JSON, or what `JSON.stringify` turns into JSON. The request is read-only. Throw
 * an `AgentError` to say which class of failure it is; anything else thrown is a `crash`.
 */
export type AgentFunction = (request: AgentRequest, context: AgentContext) => unknown;

export interface AgentOptions {
  /** The role; steps name it. Letters, digits, `_`, `-`; at most 64. */
  readonly name: string;
  readonly description?: string | undefined;
  readonly run: AgentFunction;
  /** Attempts at once on one host. Default 64. */
  readonly concurrency?: number | undefined;
  /** Deadline of one attempt where the step sets none: milliseconds, or a duration such as `30s`. Default none. */
  readonly timeout?: number | string | undefined;
  /**
   * How long a beat may be silent, in milliseconds or as a duration: `host` towards the orchestrator, `progress` of the function
   * (it calls `progress` or logs something). `process` is the host's own, which needs no bound. Default none.
   */
  readonly liveness?: { readonly [Beat in keyof LivenessBounds]?: number | string | undefined } | undefined;
  /** JSON Schema of the output, where the step has none. */
  readonly outputSchema?: { readonly [key: string]: unknown } | undefined;
  /** Variables of the environment whose values are scrubbed from everything the agent says, unless `secret: false`. */
  readonly env?:
    | readonly (string | { readonly name: string; readonly secret?: boolean | undefined })[]
    | undefined;
  readonly capabilities?: readonly string[] | undefined;
}

/** An agent that runs as a function in the host's process. */
export interface FunctionAgent {
  readonly kind: 'function';
  readonly name: string;
  readonly description: string;
  readonly run: AgentFunction;
  readonly concurrency: number | undefined;
  readonly timeoutMs: number | undefined;
  readonly liveness: LivenessBounds | undefined;
  readonly outputSchema: { readonly [key: string]: unknown } | undefined;
  readonly env: readonly AgentVariable[];
  readonly capabilities: readonly string[];
}

/**
 * Makes an agent of a function, to be offered by an agent host.
 *
 * Throws AGENT_NAME_INVALID, AGENT_OPTION_INVALID, DURATION_INVALID.
 */
export function defineAgent(options: AgentOptions): FunctionAgent {
  const {
    name,
    description = '',
    run,
    concurrency,
    timeout,
    liveness,
    outputSchema,
    env = [],
    capabilities = [],
  } = options;
  if (!ID_PATTERN.test(name)) throw agentNameInvalid(name);
  if (concurrency !== undefined && !(Number.isInteger(concurrency) && concurrency >= 1)) {
    throw agentOptionInvalid(name, 'concurrency', 'it must be a whole number from 1');
  }
  return {
    kind: 'function',
    name,
    description,
    run,
    concurrency,
    timeoutMs: readDuration(timeout, 'timeout', name),
    liveness: liveness && {
      host: readDuration(liveness.host, 'liveness.host', name),
      process: readDuration(liveness.process, 'liveness.process', name),
      progress: readDuration(liveness.progress, 'liveness.progress', name),
    },
    outputSchema,
    env: env.map(toVariable),
    capabilities,
  };
}

/** Milliseconds. Throws DURATION_INVALID, AGENT_OPTION_INVALID. */
function readDuration(
  duration: number | string | undefined,
  option: string,
  agent: string,
): number | undefined {
  const ms = typeof duration === 'string' ? parseDuration(duration) : duration;
  if (ms !== undefined && !(ms > 0)) throw agentOptionInvalid(agent, option, 'it must be more than 0');
  return ms;
}

/** A variable is a secret unless it is said not to be. */
export function toVariable(
  variable: string | { readonly name: string; readonly secret?: boolean | undefined },
): AgentVariable {
  return typeof variable === 'string'
    ? { name: variable, secret: true }
    : { name: variable.name, secret: variable.secret ?? true };
}
