import { createHash } from 'node:crypto';
import type { StepError } from '../src/ports/agent-request.ts';
import type { PhaseDefinition, RetryPolicy, StepDefinition } from '../src/task/definition.ts';
import type { World } from './world.ts';

/** Which rule applies where the step, the phase, the agent and the task may each name one. Pure. */

const ONE_ATTEMPT: RetryPolicy = { maxAttempts: 1, backoffMs: 0, factor: 2, maxBackoffMs: 0 };

/** How often a lease may expire before the step fails; apart from `retry.maxAttempts`, which counts the agent's own failures. */
export const MAX_EXPIRIES = 10;

/** A machine that takes more microsteps for one record is in a loop; XState then throws, which suspends the execution. */
export const MAX_MICROSTEPS = 10_000;

/** Steps at work in one phase when the task names no `concurrency.steps`. */
export const DEFAULT_STEP_WINDOW = 64;

export function retryOf(world: World, step: StepDefinition): RetryPolicy {
  return step.retry ?? world.definition.retry ?? ONE_ATTEMPT;
}

export function phaseRetryOf(phase: PhaseDefinition): RetryPolicy {
  return phase.retry ?? ONE_ATTEMPT;
}

/** The step's timeout, else the agent's; ms. */
export function attemptTimeoutOf(
  world: World,
  step: StepDefinition,
  role: string | undefined,
): number | undefined {
  return step.timeoutMs ?? (role === undefined ? undefined : world.agents.get(role)?.timeoutMs);
}

/** `fatal` is the author's word for "do not try again"; a refusal will be refused again. */
export function isRetryable(error: StepError): boolean {
  return error.class !== 'fatal' && error.class !== 'refusal';
}

/**
 * Wait before the try after `failures` failures, in ms: `backoffMs * factor^(failures-1)`, at most `maxBackoffMs`, moved by up
 * to a tenth either way. The jitter is a hash of its subject, so that every fold of the log sees the same.
 */
export function backoffMs(policy: RetryPolicy, failures: number, subject: string): number {
  const plain = Math.min(policy.maxBackoffMs, policy.backoffMs * policy.factor ** (failures - 1));
  if (plain === 0) return 0;
  const share = createHash('sha256').update(`${subject}/${failures}`).digest().readUInt32BE(0) / 0xffffffff;
  return Math.round(plain * (0.9 + 0.2 * share));
}

/** How many agent steps must succeed. */
export function requiredSuccesses(phase: PhaseDefinition, agentSteps: number): number {
  if (phase.minSuccess === 'all') return agentSteps;
  return phase.minSuccess ?? Math.min(1, agentSteps);
}
