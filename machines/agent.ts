import { hash } from 'node:crypto';
import { type AnyActorRef, assign, sendParent, setup } from 'xstate';
import type { ArtifactRef, Json } from '../src/json.ts';
import type { RollbackWish, StepError, Usage } from '../src/ports/agent-request.ts';
import type { StepResult } from './ledger.ts';
import { attemptTimeoutOf, backoffMs, isRetryable, MAX_EXPIRIES, MAX_MICROSTEPS, retryOf } from './policy.ts';
import {
  endStep,
  isStepDue,
  keepError,
  lastError,
  type StepIdentity,
  type StepInput,
  shifted,
  stepDefinition,
} from './step.ts';
import { waitingTime } from './world.ts';

/**
 * One agent step: offered to hosts, claimed by one of them, ended by its report; or by an answer kept from before, as long as
 * nobody has claimed it.
 *
 * 1. Only a report with the live claim's fence and token ends an attempt (I1, I7).
 * 2. While a claim stands no other is taken (I3); a cancelled or overdue one stands until its host says that the work is
 *    gone or its lease expires (`draining`), and only then is the step offered again.
 */

export interface AgentContext extends StepIdentity {
  readonly role: string;
  /** From `firstAttempt`; raised by every offer after the first. */
  readonly attempt: number;
  /** Leases that expired; these attempts do not count against `retry.maxAttempts`. */
  readonly expiries: number;
  readonly claim: Claim | undefined;
  /** Absolute deadline of the present state, ms since 1970; names the timer that is owed. */
  readonly dueAt: number | undefined;
  /** What follows a drained claim. */
  readonly thereafter: 'retry' | 'fail' | 'cancel' | undefined;
  readonly offeredAt: number;
}

export interface Claim {
  readonly claimId: string;
  readonly host: string;
  /** Position of `step.claimed`. */
  readonly fence: number;
  /** sha256 of the host's token, hex. */
  readonly tokenDigest: string;
  readonly leaseMs: number;
  /** Log time. */
  readonly at: number;
}

/** What every report of a claim's holder carries. */
export interface Report {
  readonly attempt: number;
  readonly fence: number;
  readonly token: string;
  readonly usage?: Usage | undefined;
  readonly logs?: ArtifactRef | undefined;
}

export type AgentEvent =
  | { type: 'claimed'; attempt: number; claimId: string; host: string; tokenDigest: string; leaseMs: number }
  | ({
      type: 'succeeded';
      output: Json;
      artifacts?: readonly ArtifactRef[] | undefined;
      rollback?: RollbackWish | undefined;
    } & Report)
  | ({ type: 'failed'; error: StepError; rollback?: RollbackWish | undefined } & Report)
  | ({ type: 'released' } & Report)
  | { type: 'expired'; attempt: number; fence: number; reason: string }
  | { type: 'answered'; attempt: number; output: Json; artifacts?: readonly ArtifactRef[] | undefined }
  | { type: 'unofferable'; attempt: number; error: StepError }
  | { type: 'timer.fired'; timerId: string }
  | { type: 'shift'; byMs: number }
  | { type: 'cancel' }
  /** The slot's next step, for an actor whose own has ended. */
  | ({ type: 'begin' } & AgentInput);

export interface AgentInput extends StepInput {
  readonly role: string;
}

const machine = setup({
  types: {
    context: {} as AgentContext,
    events: {} as AgentEvent,
    input: {} as AgentInput,
  },
  guards: {
    isThisAttempt: ({ context, event }) => 'attempt' in event && event.attempt === context.attempt,
    isHolder: ({ context, event }) => isHolder(context, event),
    isDue: ({ context, event }) => isDue(context, event),
    mayRetry: ({ context, event }) => mayRetry(context, event),
    mayRetryAfterTimeout: ({ context, event }) => isDue(context, event) && hasAttemptsLeft(context),
    endsClaim: ({ context, event }) => endsClaim(context, event),
    mayOfferAgain: ({ context, event }) => endsClaim(context, event) && context.expiries + 1 < MAX_EXPIRIES,
    willRetry: ({ context, event }) => endsClaim(context, event) && context.thereafter === 'retry',
    willFail: ({ context, event }) => endsClaim(context, event) && context.thereafter === 'fail',
  },
  actions: {
    markDirty: ({ context, self }) => {
      context.world().dirty.push(self);
    },
    offerAgain: assign(({ context, self }) => {
      context.world().dirty.push(self);
      return { claim: undefined, thereafter: undefined, dueAt: claimDeadline(context) };
    }),
    raiseAttempt: assign(({ context }) => ({ attempt: context.attempt + 1 })),
    countExpiry: assign(({ context }) => ({ expiries: context.expiries + 1 })),
    beginStep: assign(({ context, event, self }) =>
      event.type === 'begin' ? beginStep(event, self) : context,
    ),
    takeClaim: assign(({ context, event, self }) => {
      const claimed = takeClaim(context, event);
      // Without a deadline a claimed step owes nothing.
      if (claimed.dueAt !== undefined) context.world().dirty.push(self);
      return claimed;
    }),
    keepError: ({ context, event }) => keepError(context, errorOf(context, event)),
    countUsage: ({ context, event }) => countUsage(context, event),
    waitBackoff: assign(({ context }) => ({
      claim: undefined,
      thereafter: undefined,
      dueAt: backoffUntil(context),
    })),
    retryAfterDrain: assign({ thereafter: 'retry' as const }),
    failAfterDrain: assign({ thereafter: 'fail' as const }),
    cancelAfterDrain: assign({ thereafter: 'cancel' as const, dueAt: undefined }),
    forgetDeadline: assign({ dueAt: undefined }),
    shiftDeadline: assign(({ context, event }) => shifted(context, event)),
    recordSuccess: ({ context, event }) => {
      if (event.type === 'answered') {
        const { output, artifacts } = event;
        const answer = {
          agent: context.role,
          ...attemptsOf(context),
          output,
          artifacts,
          cached: true,
        } as const;
        endStep(context, { status: 'succeeded', ...answer });
        return;
      }
      if (event.type !== 'succeeded') return;
      countUsage(context, event);
      endStep(context, {
        status: 'succeeded',
        agent: context.role,
        attempts: context.attempt,
        lastAttempt: context.attempt,
        output: event.output,
        artifacts: event.artifacts,
        logs: event.logs,
        ...demandOf(context, event),
      });
    },
    recordFailure: ({ context, event }) => {
      endStep(context, {
        status: 'failed',
        agent: context.role,
        ...attemptsOf(context),
        error: lastError(context),
        logs: 'logs' in event ? event.logs : undefined,
        ...demandOf(context, event),
      });
    },
    recordCancel: ({ context }) => {
      endStep(context, {
        status: 'cancelled',
        agent: context.role,
        ...attemptsOf(context),
        error: lastError(context),
      });
    },
    tellPhase: sendParent(({ context }: { context: AgentContext }) => ({
      type: 'step.ended',
      slot: context.slot,
      run: context.run,
    })),
  },
});

/** The lease expired, or the host could not begin or gave the work up: offered again, though not for ever. */
const claimLost = [
  {
    guard: 'mayOfferAgain',
    target: 'offered',
    actions: ['keepError', 'countExpiry', 'raiseAttempt', 'offerAgain'],
  },
  { guard: 'endsClaim', target: 'failed', actions: ['keepError', 'countExpiry'] },
] as const;
const drained = [
  { guard: 'willRetry', target: 'backingOff' },
  { guard: 'willFail', target: 'failed' },
  { guard: 'endsClaim', target: 'cancelled' },
] as const;
/** An outcome that comes too late counts for nothing but what it cost. */
const drainedByOutcome = [
  { guard: 'willRetry', target: 'backingOff', actions: 'countUsage' },
  { guard: 'willFail', target: 'failed', actions: 'countUsage' },
  { guard: 'endsClaim', target: 'cancelled', actions: 'countUsage' },
] as const;

/** A slot's actor takes the next step when its own has ended: cheaper than a new one, and the window stays as it is. */
const begin = { target: 'offered', actions: 'beginStep' } as const;

export const agentMachine = machine.createMachine({
  id: 'agent',
  options: { maxIterations: MAX_MICROSTEPS },
  context: ({ input, self }) => beginStep(input, self),
  initial: 'offered',
  states: {
    offered: {
      on: {
        claimed: { guard: 'isThisAttempt', target: 'claimed', actions: 'takeClaim' },
        answered: { guard: 'isThisAttempt', target: 'succeeded' },
        unofferable: { guard: 'isThisAttempt', target: 'failed', actions: 'keepError' },
        'timer.fired': { guard: 'isDue', target: 'failed', actions: 'keepError' },
        shift: { actions: ['shiftDeadline', 'markDirty'] },
        cancel: 'cancelled',
      },
    },
    claimed: {
      on: {
        succeeded: { guard: 'isHolder', target: 'succeeded' },
        failed: [
          { guard: 'mayRetry', target: 'backingOff', actions: ['countUsage', 'keepError'] },
          { guard: 'isHolder', target: 'failed', actions: ['countUsage', 'keepError'] },
        ],
        released: claimLost,
        expired: claimLost,
        'timer.fired': [
          { guard: 'mayRetryAfterTimeout', target: 'draining', actions: ['keepError', 'retryAfterDrain'] },
          { guard: 'isDue', target: 'draining', actions: ['keepError', 'failAfterDrain'] },
        ],
        cancel: { target: 'draining', actions: 'cancelAfterDrain' },
      },
    },
    draining: {
      entry: ['forgetDeadline', 'markDirty'],
      on: {
        released: drained,
        expired: drained,
        succeeded: drainedByOutcome,
        failed: drainedByOutcome,
        cancel: { actions: 'cancelAfterDrain' },
      },
    },
    backingOff: {
      entry: ['raiseAttempt', 'waitBackoff', 'markDirty'],
      on: {
        'timer.fired': { guard: 'isDue', target: 'offered', actions: 'offerAgain' },
        shift: { actions: ['shiftDeadline', 'markDirty'] },
        cancel: 'cancelled',
      },
    },
    succeeded: { tags: 'ended', entry: ['recordSuccess', 'tellPhase'], on: { begin } },
    failed: { tags: 'ended', entry: ['recordFailure', 'tellPhase'], on: { begin } },
    cancelled: { tags: 'ended', entry: ['recordCancel', 'tellPhase'], on: { begin } },
  },
});

/**
 * The context of a step that begins. It is registered and marked here and not in entry actions: in a window of thousands of
 * steps each should cost as few actions as it can.
 */
function beginStep({ type: _, ...input }: AgentInput & { type?: string }, self: AnyActorRef): AgentContext {
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

function claimDeadline(context: StepIdentity): number | undefined {
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
function isHolder(context: AgentContext, event: AgentEvent): boolean {
  if (event.type !== 'succeeded' && event.type !== 'failed' && event.type !== 'released') return false;
  const { claim } = context;
  return (
    claim !== undefined &&
    event.fence === claim.fence &&
    event.attempt === context.attempt &&
    hash('sha256', event.token) === claim.tokenDigest
  );
}

function endsClaim(context: AgentContext, event: AgentEvent): boolean {
  return isHolder(context, event) || (event.type === 'expired' && event.fence === context.claim?.fence);
}

function isDue(context: AgentContext, event: AgentEvent): boolean {
  return isStepDue(context, context.attempt, event);
}

/** An attempt that was only offered is not one that was made. */
function attemptsOf({ attempt, claim }: AgentContext): { attempts: number; lastAttempt: number } {
  return { attempts: claim === undefined ? attempt - 1 : attempt, lastAttempt: attempt };
}

/** Attempts of this try, lost claims left out. */
function attemptsOfTry({ attempt, firstAttempt, expiries }: AgentContext): number {
  return attempt - firstAttempt + 1 - expiries;
}

function hasAttemptsLeft(context: AgentContext): boolean {
  return attemptsOfTry(context) < retryOf(context.world(), agentStep(context)).maxAttempts;
}

function mayRetry(context: AgentContext, event: AgentEvent): boolean {
  return (
    event.type === 'failed' &&
    isHolder(context, event) &&
    isRetryable(event.error) &&
    hasAttemptsLeft(context) &&
    demandOf(context, event).rollback === undefined
  );
}

function takeClaim(context: AgentContext, event: AgentEvent): Partial<AgentContext> {
  if (event.type !== 'claimed') return {};
  const world = context.world();
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
function demandOf(
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

function errorOf(context: AgentContext, event: AgentEvent): StepError {
  if (event.type === 'failed' || event.type === 'unofferable') return event.error;
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

function countUsage(context: AgentContext, event: AgentEvent): void {
  const world = context.world();
  const usage = 'usage' in event ? event.usage : undefined;
  world.ledger.addUsage(usage, context.claim === undefined ? 0 : world.now - context.claim.at);
}

/** Called after the attempt was raised: all before it have failed. */
function backoffUntil(context: AgentContext): number {
  const world = context.world();
  const failures = Math.max(1, attemptsOfTry(context) - 1);
  const subject = `${world.execution}/${context.run}`;
  const wait = backoffMs(retryOf(world, agentStep(context)), failures, subject);
  return waitingTime(world) + Math.max(wait, lastError(context)?.retryAfterMs ?? 0);
}
