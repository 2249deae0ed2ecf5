import type { Json } from '../json.ts';
import type { Fold } from './fold.ts';
import { digestOf } from './pinned.ts';
import { agentStepOf, buildRequest, type Rendered } from './work.ts';

/** What a step asks of its agent, as far as an answer given to it once can be given again. */
export interface Question {
  /** sha256, hex: equal for equal questions, whichever execution asks. */
  readonly key: string;
  /** How long an answer holds. */
  readonly ttlMs: number;
}

/**
 * Undefined for a step without a cache. The agent's file always counts, and the schema of the output; besides, all values that the
 * agent gets or, where the task names what the answer depends on, that and the step as it is written.
 */
export function questionOf(fold: Fold, run: string, rendered: Rendered): Question | undefined {
  const { cache } = rendered;
  if (cache === undefined) return undefined;
  const { step } = agentStepOf(fold, run);
  const { agent, outputSchema, instructions, input, item, outputs, results } = buildRequest(
    fold,
    run,
    rendered,
  );
  const asked =
    cache.key === undefined
      ? { instructions, input, item, outputs, results }
      : { key: cache.key, instructions: step.instructions, input: step.input };
  const file = withoutPlace(fold.pinned.agentsByRole.get(agent));
  return { key: digestOf(plain({ agent, file, outputSchema, ...asked })), ttlMs: cache.ttlMs };
}

/** The same file in another folder, or on another machine, is the same agent. */
function withoutPlace(file: object | undefined): object {
  const { directory: _, ...rest } = (file ?? {}) as { readonly directory?: unknown };
  return rest;
}

function plain(value: object): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}
