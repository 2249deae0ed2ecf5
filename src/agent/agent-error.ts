import type { Json } from '../json.ts';
import { FAILURE_CLASSES, type FailureClass, type StepError } from '../ports/agent-request.ts';

/**
 * Thrown by an agent that knows why it failed; any other thrown value counts as `crash`.
 *
 * `fatal` and `refusal` are not retried; `rate-limit` waits at least `retryAfterMs`.
 */
export class AgentError extends Error {
  override readonly name = 'AgentError';
  readonly class: FailureClass;
  readonly details: Json | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(message: string, about: { class?: FailureClass; details?: Json; retryAfterMs?: number } = {}) {
    super(message);
    this.class = about.class ?? 'crash';
    this.details = about.details;
    this.retryAfterMs = about.retryAfterMs;
  }
}

/**
 * The failure that a thrown value stands for. Known by its fields, not its class: the value may come from another thread or
 * another copy of this package.
 */
export function failureOf(thrown: unknown): StepError {
  if (!(thrown instanceof Error)) return { class: 'crash', message: `the agent threw ${describe(thrown)}` };
  const said = thrown as Partial<Pick<AgentError, 'class' | 'details' | 'retryAfterMs'>>;
  return {
    class: isFailureClass(said.class) ? said.class : 'crash',
    message: thrown.message === '' ? thrown.name : thrown.message,
    ...(said.details === undefined ? {} : { details: said.details }),
    ...(typeof said.retryAfterMs === 'number' ? { retryAfterMs: said.retryAfterMs } : {}),
  };
}

function isFailureClass(value: unknown): value is FailureClass {
  return FAILURE_CLASSES.some((known) => known === value);
}

function describe(thrown: unknown): string {
  return typeof thrown === 'string' ? thrown : `a ${thrown === null ? 'null' : typeof thrown}, not an Error`;
}
