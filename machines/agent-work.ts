import { hash } from 'node:crypto';
import type { AnyActorRef } from 'xstate';
import type { StepError } from '../src/ports/agent-request.ts';
import type { AgentContext, AgentEvent, AgentInput } from './agent-context.ts';
import type { StepResult } from './ledger.ts';
import { attemptTimeoutOf, backoffMs, isRetryable, retryOf } from './policy.ts';
import { isStepDue, lastError, type StepIdentity, stepDefinition } from './step.ts';
import { waitingTime } from './world.ts';

/** What an agent step decides, as functions from its context; the statechart says when. */

/**
 * The context of a step that begins. It is registered and marked here and not in entry actions: in a window of thousands of
 * steps each should cost as few actions as it can.
 */
export function beginStep(
  { type: _, ...input }: AgentInput & { type?: string },
  self: AnyActorRef,
): AgentContext {
  const world = input.world();
  world.steps.set(input.run, self);
  world.dirty.push(self);
  return {
    ...input,
    attempt: input.firstAttempt,
    expiries: 0,
    claim: undefined,
    dueAt: claimDeadline(input),
    thereafter: undefined,
    offeredAt: world.now,
  };
}

export function claimDeadline(context: StepIdentity): number | undefined {
  const { claimWithinMs } = agentStep(context);
  return claimWithinMs === undefined ? undefined : waitingTime(context.world()) + claimWithinMs;
}

function agentStep(context: StepIdentity) {
  const step = stepDefinition(context);
  if (step.kind !== 'agent')
    throw new Error(`Step ${context.step} is a ${step.kind} step, not an agent step`);
  return step;
}

/** The token is compared by digest, so that folding needs no secret; the cheap tests come first. */
export function isHolder(context: AgentContext, event: AgentEvent): boolean {
  if (!('token' in event)) return false;
  const { claim } = context;
  return (
    claim !== undefined &&
    event.fence === claim.fence &&
    event.attempt === context.attempt &&
    hash('sha256', event.token) === claim.tokenDigest
  );
}

export function endsClaim(context: AgentContext, event: AgentEvent): boolean {
  return isHolder(context, event) || (event.type === 'expired' && event.fence === context.claim?.fence);
}

export function isDue(context: AgentContext, event: AgentEvent): boolean {
  return isStepDue(context, context.attempt, event);
}

export function completionOf(context: AgentContext) {
  return context.thereafter === 'complete' ? context.world().ledger.completions.get(context.run) : undefined;
}

/** An attempt that was only offered is not one that was made. */
export function attemptsOf({ attempt, claim }: AgentContext): { attempts: number; lastAttempt: number } {
  return { attempts: claim === undefined ? attempt - 1 : attempt, lastAttempt: attempt };
}

/** Attempts of this try, lost claims left out. */
function attemptsOfTry({ attempt, firstAttempt, expiries, asks = 0 }: AgentContext): number {
  return attempt - firstAttempt + 1 - expiries - asks;
}

export function hasAttemptsLeft(context: AgentContext): boolean {
  return attemptsOfTry(context) < retryOf(context.world(), agentStep(context)).maxAttempts;
}

export function mayRetry(context: AgentContext, event: AgentEvent): boolean {
  return (
    event.type === 'failed' &&
    isHolder(context, event) &&
    isRetryable(event.error) &&
    hasAttemptsLeft(context) &&
    demandOf(context, event).rollback === undefined
  );
}

export function takeClaim(context: AgentContext, event: AgentEvent): Partial<AgentContext> {
  if (event.type !== 'claimed') return {};
  const world = context.world();
  const metrics = world.ledger.phases.get(context.phase)?.metrics;
  if (metrics !== undefined) metrics.attempts += 1;
  const step = agentStep(context);
  const timeoutMs = attemptTimeoutOf(world, step, context.role);
  if (step.compensate !== undefined) {
    const { run, phase, index, item } = context;
    // From here on it may have happened (I5).
    world.ledger.noteClaim({ run, step: step.id, phase, index, item, claimedAt: world.position });
  }
  return {
    claim: {
      claimId: event.claimId,
      host: event.host,
      fence: world.position,
      tokenDigest: event.tokenDigest,
      leaseMs: event.leaseMs,
      at: world.now,
    },
    dueAt: timeoutMs === undefined ? undefined : world.now + timeoutMs,
  };
}

/** What the report asks to be undone: obeyed only from roles that the task names in `mayRollback`. */
export function demandOf(
  context: AgentContext,
  event: AgentEvent,
): Pick<StepResult, 'rollback' | 'refusedRollback'> {
  if ((event.type !== 'succeeded' && event.type !== 'failed') || event.rollback === undefined) return {};
  const { foldVersion, definition } = context.world();
  if (foldVersion < 2) return {};
  const { to, reason } = event.rollback;
  const mayRollback = context.partOf === undefined && definition.mayRollback?.includes(context.role) === true;
  if (!mayRollback) return { refusedRollback: reason };
  return { rollback: { ...(to === undefined || to === 'start' ? {} : { to }), reason, by: context.role } };
}

export function errorOf(context: AgentContext, event: AgentEvent): StepError {
  if (event.type === 'failed' || event.type === 'unofferable') return event.error;
  if (event.type === 'succeeded') {
    const message =
      context.seal === undefined
        ? 'The ballot was not sealed, as the poll asks.'
        : 'The vote does not fit its seal.';
    return { class: 'invalid-output', message };
  }
  if (context.seal !== undefined) return { class: 'crash', message: 'The sealed vote was not opened.' };
  if (event.type === 'expired') return { class: 'crash', message: event.reason };
  if (event.type === 'released')
    return { class: 'crash', message: 'The host gave the work up before it ended.' };
  if (context.claim === undefined) {
    const ms = agentStep(context).claimWithinMs;
    return { class: 'timeout', message: `No host claimed the step for ${context.role} within ${ms} ms.` };
  }
  const ms = attemptTimeoutOf(context.world(), agentStep(context), context.role);
  return { class: 'timeout', message: `The attempt took longer than its timeout of ${ms} ms.` };
}

export function countUsage(context: AgentContext, event: AgentEvent): void {
  const world = context.world();
  const usage = 'usage' in event ? event.usage : undefined;
  world.ledger.addUsage(usage, context.claim === undefined ? 0 : world.now - context.claim.at);
  world.ledger.measure(context.phase, usage, event.type === 'succeeded' ? 'succeeded' : undefined);
}

/** Called after the attempt was raised: all before it have failed. */
export function backoffUntil(context: AgentContext): number {
  const world = context.world();
  const failures = Math.max(1, attemptsOfTry(context) - 1);
  const subject = `${world.execution}/${context.run}`;
  const wait = backoffMs(retryOf(world, agentStep(context)), failures, subject);
  return waitingTime(world) + Math.max(wait, lastError(context)?.retryAfterMs ?? 0);
}
