import { hash } from 'node:crypto';
import { type AnyActorRef, assign, sendParent, setup, stopChild } from 'xstate';
import type { ArtifactRef, Json } from '../src/json.ts';
import type { RollbackWish, StepError, Usage } from '../src/ports/agent-request.ts';
import { NONCE_PATTERN, sealOf } from '../src/ports/ballot-seal.ts';
import { type ApprovalEnded, approvalMachine, approvalRunOf, standingOf } from './approval.ts';
import { isBallotStep } from './derived-steps.ts';
import { flat } from './flat.ts';
import type { BallotMark, StepResult } from './ledger.ts';
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
 * 2. A ballot of a sealed poll is sealed first and opened when the poll asks for it; only a value that fits the seal counts.
 * 3. While a claim stands no other is taken (I3); a cancelled or overdue one stands until its host says that the work is
 *    gone or its lease expires (`draining`), and only then is the step offered again.
 */

export interface AgentContext extends StepIdentity {
  readonly role: string;
  /** From `firstAttempt`; raised by every offer after the first. */
  readonly attempt: number;
  /** Leases that expired; these attempts do not count against `retry.maxAttempts`. */
  readonly expiries: number;
  /** How often it asked people; these attempts do not count against `retry.maxAttempts` either. Absent: never. */
  readonly asks?: number | undefined;
  readonly claim: Claim | undefined;
  /** Absolute deadline of the present state, ms since 1970; names the timer that is owed. */
  readonly dueAt: number | undefined;
  /** What follows a drained claim. */
  readonly thereafter: 'retry' | 'fail' | 'cancel' | 'complete' | undefined;
  readonly offeredAt: number;
  /** Of a sealed ballot. The key is absent before, and where nothing is sealed. */
  readonly seal?: string;
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
      vote?: Json | undefined;
      subject?: string | undefined;
      nonce?: string | undefined;
      rollback?: RollbackWish | undefined;
    } & Report)
  /** The host holds the vote and says its digest. */
  | ({ type: 'sealed'; digest: string } & Report)
  /** The poll is closed: the host is to say the vote. */
  | { type: 'reveal' }
  | ({ type: 'failed'; error: StepError; rollback?: RollbackWish | undefined } & Report)
  | ({ type: 'released' } & Report)
  | ({ type: 'asked'; approval: Asked } & Report)
  | ApprovalEnded
  | { type: 'expired'; attempt: number; fence: number; reason: string }
  | { type: 'answered'; attempt: number; output: Json; artifacts?: readonly ArtifactRef[] | undefined }
  | { type: 'unofferable'; attempt: number; error: StepError }
  | { type: 'completed'; output: Json; by: string }
  | { type: 'timer.fired'; timerId: string }
  | { type: 'shift'; byMs: number }
  | { type: 'cancel' }
  /** The slot's next step, for an actor whose own has ended. */
  | ({ type: 'begin' } & AgentInput);

/** What an agent asks people. */
export interface Asked {
  readonly question: string;
  readonly approvers?: string[] | undefined;
  readonly subject?: { readonly files: string[] } | undefined;
}

export interface AgentInput extends StepInput {
  readonly role: string;
}

const machine = setup({
  types: {
    context: {} as AgentContext,
    events: {} as AgentEvent,
    input: {} as AgentInput,
  },
  actors: { approval: approvalMachine },
  guards: {
    isThisAttempt: ({ context, event }) => 'attempt' in event && event.attempt === context.attempt,
    isHolder: ({ context, event }) => isHolder(context, event),
    isUnreadable: ({ event }) => event.type === 'approval.ended' && event.verdict === 'failed',
    isUnsealed: ({ context, event }) => isHolder(context, event) && isSealedBallot(context),
    maySeal: ({ context, event }) => isHolder(context, event) && isSealedBallot(context),
    fitsSeal: ({ context, event }) => isHolder(context, event) && fitsSeal(context, event),
    isDue: ({ context, event }) => isDue(context, event),
    mayRetry: ({ context, event }) => mayRetry(context, event),
    mayRetryAfterTimeout: ({ context, event }) => isDue(context, event) && hasAttemptsLeft(context),
    endsClaim: ({ context, event }) => endsClaim(context, event),
    mayOfferAgain: ({ context, event }) => endsClaim(context, event) && context.expiries + 1 < MAX_EXPIRIES,
    willRetry: ({ context, event }) => endsClaim(context, event) && context.thereafter === 'retry',
    willComplete: ({ context, event }) => endsClaim(context, event) && context.thereafter === 'complete',
    mayComplete: ({ context }) => context.thereafter === 'retry' || context.thereafter === 'fail',
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
    /** The agent's process has ended; people have the word. */
    ask: assign(({ context, event, spawn }) => {
      if (event.type !== 'asked') return {};
      countUsage(context, event);
      const { world, phase, step, run, index, item, slot, firstAttempt } = context;
      const asks = (context.asks ?? 0) + 1;
      const identity = { world, phase, step, run: approvalRunOf(run), index, item, slot };
      const { question, approvers, subject } = event.approval;
      const ask = {
        question,
        ...(approvers === undefined ? {} : { approvers }),
        ...(subject === undefined ? {} : { subject: { files: subject.files } }),
      };
      spawn('approval', {
        id: 'approval',
        input: { ...identity, firstAttempt: firstAttempt + asks - 1, ask },
      });
      return { asks, claim: undefined, dueAt: undefined };
    }),
    takeAnswer: ({ context }) => {
      const { ledger } = context.world();
      const standing = standingOf({ world: context.world, run: approvalRunOf(context.run) });
      const at = context.world().now;
      ledger.answers.set(context.run, standing.decision ?? { approved: false, at });
      ledger.approvals.delete(approvalRunOf(context.run));
    },
    keepUnreadable: ({ context }) => {
      const run = approvalRunOf(context.run);
      const { ledger } = context.world();
      const error = ledger.lastErrors.get(run);
      ledger.lastErrors.delete(run);
      ledger.approvals.delete(run);
      if (error !== undefined) keepError(context, error);
    },
    stopAsking: stopChild('approval'),
    forgetQuestion: ({ context }) => {
      const run = approvalRunOf(context.run);
      context.world().steps.delete(run);
      context.world().ledger.approvals.delete(run);
    },
    beginStep: assign(({ context, event, self }) =>
      event.type === 'begin' ? beginStep(event, self) : context,
    ),
    takeClaim: assign(({ context, event, self }) => {
      const claimed = takeClaim(context, event);
      // Without a deadline a claimed step owes nothing.
      if (claimed.dueAt !== undefined) context.world().dirty.push(self);
      return claimed;
    }),
    keepError: ({ context, event }) => {
      keepError(context, errorOf(context, event));
      if (context.claim !== undefined) context.world().ledger.measure(context.phase, undefined, 'failed');
    },
    countUsage: ({ context, event }) => countUsage(context, event),
    waitBackoff: assign(({ context }) => ({
      claim: undefined,
      thereafter: undefined,
      dueAt: backoffUntil(context),
    })),
    retryAfterDrain: assign({ thereafter: 'retry' as const }),
    failAfterDrain: assign({ thereafter: 'fail' as const }),
    cancelAfterDrain: assign({ thereafter: 'cancel' as const, dueAt: undefined }),
    /** A person finished the step: what the agent still does counts for nothing. */
    completeAfterDrain: assign(({ context, event }) => {
      if (event.type !== 'completed') return {};
      const { output, by } = event;
      context.world().ledger.completions.set(context.run, { output, by });
      return { thereafter: 'complete' as const, dueAt: undefined };
    }),
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
      const given = event.type === 'completed' ? event : completionOf(context);
      if (given !== undefined) {
        const { output, by } = given;
        endStep(context, { status: 'succeeded', agent: context.role, ...attemptsOf(context), output, by });
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
        ...ballotMark(context, event),
        ...demandOf(context, event),
      });
    },
    keepSeal: assign(({ event }) =>
      event.type === 'sealed' ? { seal: event.digest, dueAt: undefined } : {},
    ),
    tellSealed: sendParent(({ context }: { context: AgentContext }) => ({
      type: 'voter.sealed',
      slot: context.slot,
    })),
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
  { guard: 'willComplete', target: 'succeeded' },
  { guard: 'willRetry', target: 'backingOff' },
  { guard: 'willFail', target: 'failed' },
  { guard: 'endsClaim', target: 'cancelled' },
] as const;
/** A sealed vote that its host lost or keeps: nobody is asked a second time. */
const unrevealed = { guard: 'endsClaim', target: 'failed', actions: 'keepError' } as const;
const giveUp = { target: 'draining', actions: 'cancelAfterDrain' } as const;
/** An outcome that comes too late counts for nothing but what it cost. */
const drainedByOutcome = [
  { guard: 'willComplete', target: 'succeeded', actions: 'countUsage' },
  { guard: 'willRetry', target: 'backingOff', actions: 'countUsage' },
  { guard: 'willFail', target: 'failed', actions: 'countUsage' },
  { guard: 'endsClaim', target: 'cancelled', actions: 'countUsage' },
] as const;

/** A slot's actor takes the next step when its own has ended: cheaper than a new one, and the window stays as it is. */
const begin = { target: 'offered', actions: 'beginStep' } as const;

const chart = machine.createMachine({
  id: 'agent',
  options: { maxIterations: MAX_MICROSTEPS },
  context: ({ input, self }) => beginStep(input, self),
  initial: 'offered',
  states: {
    offered: {
      on: {
        claimed: { guard: 'isThisAttempt', target: 'claimed', actions: 'takeClaim' },
        answered: { guard: 'isThisAttempt', target: 'succeeded' },
        completed: 'succeeded',
        unofferable: { guard: 'isThisAttempt', target: 'failed', actions: 'keepError' },
        'timer.fired': { guard: 'isDue', target: 'failed', actions: 'keepError' },
        shift: { actions: ['shiftDeadline', 'markDirty'] },
        cancel: 'cancelled',
      },
    },
    claimed: {
      on: {
        succeeded: [
          { guard: 'isUnsealed', target: 'failed', actions: ['countUsage', 'keepError'] },
          { guard: 'isHolder', target: 'succeeded' },
        ],
        sealed: { guard: 'maySeal', target: 'sealed', actions: ['countUsage', 'keepSeal', 'tellSealed'] },
        failed: [
          { guard: 'mayRetry', target: 'backingOff', actions: ['countUsage', 'keepError'] },
          { guard: 'isHolder', target: 'failed', actions: ['countUsage', 'keepError'] },
        ],
        asked: { guard: 'isHolder', target: 'asking', actions: 'ask' },
        released: claimLost,
        expired: claimLost,
        'timer.fired': [
          { guard: 'mayRetryAfterTimeout', target: 'draining', actions: ['keepError', 'retryAfterDrain'] },
          { guard: 'isDue', target: 'draining', actions: ['keepError', 'failAfterDrain'] },
        ],
        completed: { target: 'draining', actions: 'completeAfterDrain' },
        cancel: { target: 'draining', actions: 'cancelAfterDrain' },
      },
    },
    /** People are asked; nothing of the agent runs, and its role is told to do nothing else here. */
    asking: {
      on: {
        'approval.ended': [
          { guard: 'isUnreadable', target: 'failed', actions: ['keepUnreadable', 'stopAsking'] },
          { target: 'offered', actions: ['takeAnswer', 'stopAsking', 'raiseAttempt', 'offerAgain'] },
        ],
        completed: { target: 'succeeded', actions: ['stopAsking', 'forgetQuestion'] },
        cancel: { target: 'cancelled', actions: ['stopAsking', 'forgetQuestion'] },
      },
    },
    /** Its host holds the vote until the poll is closed. */
    sealed: {
      on: {
        reveal: 'revealing',
        failed: unrevealed,
        released: unrevealed,
        expired: unrevealed,
        cancel: giveUp,
      },
    },
    revealing: {
      entry: 'markDirty',
      on: {
        succeeded: [
          { guard: 'fitsSeal', target: 'succeeded' },
          { guard: 'isHolder', target: 'failed', actions: 'keepError' },
        ],
        failed: unrevealed,
        released: unrevealed,
        expired: unrevealed,
        cancel: giveUp,
      },
    },
    draining: {
      entry: ['forgetDeadline', 'markDirty'],
      on: {
        released: drained,
        expired: drained,
        succeeded: drainedByOutcome,
        failed: drainedByOutcome,
        asked: drainedByOutcome,
        completed: { guard: 'mayComplete', actions: 'completeAfterDrain' },
        cancel: { actions: 'cancelAfterDrain' },
      },
    },
    backingOff: {
      entry: ['raiseAttempt', 'waitBackoff', 'markDirty'],
      on: {
        completed: 'succeeded',
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

export const agentMachine = flat(chart);

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
  if (!('token' in event)) return false;
  const { claim } = context;
  return (
    claim !== undefined &&
    event.fence === claim.fence &&
    event.attempt === context.attempt &&
    hash('sha256', event.token) === claim.tokenDigest
  );
}

function isSealedBallot(context: StepIdentity): boolean {
  const step = stepDefinition(context);
  return isBallotStep(step) && step.ballotOf.sealed === true;
}

function fitsSeal(context: AgentContext, event: AgentEvent): boolean {
  if (event.type !== 'succeeded' || event.nonce === undefined || !NONCE_PATTERN.test(event.nonce))
    return false;
  const { run, step, seal } = context;
  const { execution } = context.world();
  const round = Number(run.slice(step.length + 1));
  const { nonce, vote = event.output } = event;
  return sealOf({ execution, step: run, round, nonce, vote }) === seal;
}

/** Nothing for a step that is no ballot. */
function ballotMark(context: AgentContext, event: AgentEvent): { ballot?: BallotMark } {
  if (event.type !== 'succeeded' || !isBallotStep(stepDefinition(context))) return {};
  const { vote, subject } = event;
  return {
    ballot: {
      host: context.claim?.host ?? '',
      ...(vote === undefined ? {} : { vote }),
      ...(subject === undefined ? {} : { subject }),
    },
  };
}

function endsClaim(context: AgentContext, event: AgentEvent): boolean {
  return isHolder(context, event) || (event.type === 'expired' && event.fence === context.claim?.fence);
}

function isDue(context: AgentContext, event: AgentEvent): boolean {
  return isStepDue(context, context.attempt, event);
}

function completionOf(context: AgentContext) {
  return context.thereafter === 'complete' ? context.world().ledger.completions.get(context.run) : undefined;
}

/** An attempt that was only offered is not one that was made. */
function attemptsOf({ attempt, claim }: AgentContext): { attempts: number; lastAttempt: number } {
  return { attempts: claim === undefined ? attempt - 1 : attempt, lastAttempt: attempt };
}

/** Attempts of this try, lost claims left out. */
function attemptsOfTry({ attempt, firstAttempt, expiries, asks = 0 }: AgentContext): number {
  return attempt - firstAttempt + 1 - expiries - asks;
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

function countUsage(context: AgentContext, event: AgentEvent): void {
  const world = context.world();
  const usage = 'usage' in event ? event.usage : undefined;
  world.ledger.addUsage(usage, context.claim === undefined ? 0 : world.now - context.claim.at);
  world.ledger.measure(context.phase, usage, event.type === 'succeeded' ? 'succeeded' : undefined);
}

/** Called after the attempt was raised: all before it have failed. */
function backoffUntil(context: AgentContext): number {
  const world = context.world();
  const failures = Math.max(1, attemptsOfTry(context) - 1);
  const subject = `${world.execution}/${context.run}`;
  const wait = backoffMs(retryOf(world, agentStep(context)), failures, subject);
  return waitingTime(world) + Math.max(wait, lastError(context)?.retryAfterMs ?? 0);
}
