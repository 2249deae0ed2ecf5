import { assign, sendParent, setup, stopChild } from 'xstate';
import type { AgentContext, AgentEvent, AgentInput } from './agent-context.ts';
import {
  attemptsOf,
  backoffUntil,
  beginStep,
  claimDeadline,
  completionOf,
  countUsage,
  demandOf,
  endsClaim,
  errorOf,
  hasAttemptsLeft,
  isDue,
  isHolder,
  mayRetry,
  takeClaim,
} from './agent-work.ts';
import { approvalMachine, approvalRunOf, standingOf } from './approval.ts';
import { flat } from './flat.ts';
import { MAX_EXPIRIES, MAX_MICROSTEPS } from './policy.ts';
import { ballotMark, fitsSeal, isSealedBallot } from './sealed-ballot.ts';
import { endStep, keepError, lastError, shifted } from './step.ts';

/**
 * One agent step: offered to hosts, claimed by one of them, ended by its report; or by an answer kept from before, as long as
 * nobody has claimed it.
 *
 * 1. Only a report with the live claim's fence and token ends an attempt (I1, I7).
 * 2. A ballot of a sealed poll is sealed first and opened when the poll asks for it; only a value that fits the seal counts.
 * 3. While a claim stands no other is taken (I3); a cancelled or overdue one stands until its host says that the work is
 *    gone or its lease expires (`draining`), and only then is the step offered again.
 */

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
