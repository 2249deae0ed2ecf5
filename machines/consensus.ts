import { type AnyActorRef, assign, enqueueActions, sendParent, setup, stopChild } from 'xstate';
import type { Json } from '../src/json.ts';
import type { StepError } from '../src/ports/agent-request.ts';
import { agentMachine } from './agent.ts';
import { type ApprovalEnded, approvalMachine, approvalRunOf } from './approval.ts';
import type { ConsensusContext } from './consensus/context.ts';
import { outcomeOf, outcomeOfAnswer, questionOf } from './consensus/outcome.ts';
import { hasVetoed, isWholePoll, mayCast, presentRound, takeBallot } from './consensus/poll.ts';
import { ballotRun } from './derived-steps.ts';
import { flat } from './flat.ts';
import { MAX_MICROSTEPS } from './policy.ts';
import {
  attemptOf,
  endStep,
  isStepDue,
  keepError,
  lastError,
  type StepInput,
  shifted,
  stepDefinition,
} from './step.ts';
import { waitingTime } from './world.ts';

/**
 * A vote: rounds in which each voter gives one ballot, until the rules of the file have a decision.
 *
 * 1. Agents vote in steps of their own (see derived-steps.ts), one actor per voter and round, all at once; people by a record.
 * 2. A round is counted when nobody's ballot is outstanding and no claim of it stands, and never again. What comes later finds no
 *    step that waits for it, and is refused.
 * 3. What cannot be counted is an abstention: a voter that failed, that was too late, whose seal does not fit, or whose ballot is for
 *    another subject than the round's.
 * 4. When the subject has changed by the time the round closes, all its ballots are void and another round asks again.
 * 5. A deadlock that people decide is asked of them once no round is left; their answer is the decision, and no ballot.
 */

export type { ConsensusContext } from './consensus/context.ts';

export type ConsensusEvent =
  | { type: 'opened'; question?: string; choices?: readonly string[]; subject?: string }
  | { type: 'unopenable'; error: StepError }
  | { type: 'cast'; by: string; vote: Json; subject?: string | undefined }
  | { type: 'voter.sealed'; slot: number }
  | { type: 'step.ended'; slot: number; run: string }
  | ApprovalEnded
  | { type: 'timer.fired'; timerId: string }
  | { type: 'shift'; byMs: number }
  | { type: 'cancel' };

/** How long sealed votes may take to be opened. */
const REVEAL_WITHIN_MS = 30_000;

/** Rounds that a changed subject may cost, beside those of the file. */
const MAX_VOID_ROUNDS = 2;

const machine = setup({
  types: { context: {} as ConsensusContext, events: {} as ConsensusEvent, input: {} as StepInput },
  actors: { agent: agentMachine, approval: approvalMachine },
  guards: {
    opensAtOnce: ({ context }) => opensAtOnce(context),
    isWhole: ({ context }) => isWholePoll(context),
    isVetoed: ({ context }) => hasVetoed(context),
    isDrained: ({ context }) => context.live === 0,
    mayReveal: ({ context }) =>
      context.live > 0 && context.live === context.sealed.length && !context.revealed,
    mustCheck: ({ context }) => stepOf(context).subject !== undefined,
    isChanged: ({ context, event }) =>
      event.type === 'opened' && event.subject !== presentRound(context).subject,
    mayCast: ({ context, event }) => event.type === 'cast' && mayCast(context, event),
    isDue: ({ context, event }) => isStepDue(context, context.round, event),
    goesOn: ({ context }) => context.outcome === 'again',
    asksPeople: ({ context }) => context.outcome === 'asks',
    hasDecided: ({ context }) => context.outcome === 'succeeded',
  },
  actions: {
    markDirty: ({ context, self }) => {
      context.world().dirty.push(self);
    },
    register: ({ context, self }) => {
      context.world().steps.set(context.run, self);
    },
    /** The next round, over the tries of the phase too: no ballot's run has the id of another. */
    beginRound: assign(({ context }) => {
      const produce = context.world().ledger.phase(context.phase);
      const polls = produce.polls ?? {};
      produce.polls = polls;
      const poll = polls[context.run] ?? { rounds: [] };
      polls[context.run] = poll;
      // What an earlier vote led to, before the phase was run again, is not what this one leads to.
      poll.rollback = undefined;
      return { round: poll.rounds.length + 1, sealed: [], revealed: false, outcome: undefined };
    }),
    openRound: assign(({ context, event, spawn, self }) => openRound(context, event, spawn as never, self)),
    takeSeal: assign(({ context, event }) =>
      event.type === 'voter.sealed' ? { sealed: [...context.sealed, event.slot].sort((a, b) => a - b) } : {},
    ),
    takeEnd: assign(({ context, event }) =>
      event.type === 'step.ended'
        ? { live: context.live - 1, sealed: context.sealed.filter((slot) => slot !== event.slot) }
        : {},
    ),
    stopVoter: stopChild(({ context, event }) =>
      event.type === 'step.ended' ? voterId(context.round, event.slot) : '',
    ),
    // An assignment, though it assigns nothing: whether a record was taken shows in a snapshot that is another one.
    takeBallot: assign(({ context, event }) => {
      if (event.type === 'cast') takeBallot(context, event);
      return {};
    }),
    cancelVoters: enqueueActions(({ enqueue, self }) => {
      for (const voter of votersOf(self)) enqueue.sendTo(voter, { type: 'cancel' });
    }),
    /** A vote that is sealed is in time. */
    cancelUnsealed: enqueueActions(({ context, enqueue, self }) => {
      for (const voter of votersOf(self)) {
        if (!context.sealed.includes(voter.getSnapshot().context.slot))
          enqueue.sendTo(voter, { type: 'cancel' });
      }
    }),
    revealVoters: enqueueActions(({ enqueue, self }) => {
      for (const voter of votersOf(self)) enqueue.sendTo(voter, { type: 'reveal' });
    }),
    shiftVoters: enqueueActions(({ enqueue, self, event }) => {
      for (const voter of votersOf(self)) enqueue.sendTo(voter, event as never);
    }),
    shiftDeadline: assign(({ context, event }) => shifted(context, event)),
    waitForReveal: assign(({ context }) => ({
      revealed: true,
      dueAt: waitingTime(context.world()) + (stepOf(context).revealWithinMs ?? REVEAL_WITHIN_MS),
    })),
    forgetDeadline: assign({ dueAt: undefined }),
    voidRound: assign(({ context }) => {
      const round = presentRound(context);
      round.closedAt = context.world().now;
      round.void = 'What was voted on changed before the poll was closed.';
      const voids = context.voids + 1;
      if (voids <= MAX_VOID_ROUNDS) return { voids, outcome: 'again' as const };
      keepError(context, {
        class: 'fatal',
        message: `What is voted on changed in each of ${voids} rounds.`,
      });
      return { voids, outcome: 'failed' as const };
    }),
    count: assign(({ context }) => {
      presentRound(context).closedAt = context.world().now;
      return { outcome: outcomeOf(context) };
    }),
    ask: assign(({ context, spawn }) => {
      const { world, phase, step, run, index, item, slot, round } = context;
      const identity = {
        world,
        phase,
        step,
        run: approvalRunOf(run),
        index,
        item,
        slot,
        firstAttempt: round,
      };
      spawn('approval', { id: 'approval', input: { ...identity, ask: questionOf(context) } });
      return {};
    }),
    takeAnswer: assign(({ context, event }) => {
      if (event.type !== 'approval.ended') return {};
      const { approvals } = context.world().ledger;
      const decision = approvals.get(event.run)?.decision;
      approvals.delete(event.run);
      return { outcome: outcomeOfAnswer(context, event.verdict, decision) };
    }),
    stopAsking: stopChild('approval'),
    forgetQuestion: ({ context }) => {
      const run = approvalRunOf(context.run);
      context.world().steps.delete(run);
      context.world().ledger.approvals.delete(run);
    },
    keepError: ({ context, event }) => {
      if (event.type === 'unopenable') keepError(context, event.error);
    },
    recordSuccess: ({ context }) => {
      const { ledger } = context.world();
      const output = ledger.phase(context.phase).polls?.[context.run]?.decision ?? null;
      endStep(context, { ...attemptOf(context), status: 'succeeded', output });
    },
    recordFailure: ({ context }) => {
      const rollback = context.world().ledger.phase(context.phase).polls?.[context.run]?.rollback;
      endStep(context, {
        ...attemptOf(context),
        status: 'failed',
        error: lastError(context),
        ...(rollback === undefined ? {} : { rollback }),
      });
    },
    recordCancel: ({ context }) => endStep(context, { ...attemptOf(context), status: 'cancelled' }),
    tellPhase: sendParent(({ context }: { context: ConsensusContext }) => ({
      type: 'step.ended',
      slot: context.slot,
      run: context.run,
    })),
  },
});

const ended = { actions: ['stopVoter', 'takeEnd'] } as const;
const shift = { actions: ['shiftDeadline', 'shiftVoters', 'markDirty'] } as const;
/** Voters at work are told to stop, and come to their end first. */
const cancel = { target: 'cancelling', actions: 'cancelVoters' } as const;
const unopenable = { target: 'failed', actions: 'keepError' } as const;

const chart = machine.createMachine({
  id: 'consensus',
  options: { maxIterations: MAX_MICROSTEPS },
  context: ({ input }) => ({
    ...input,
    round: 0,
    firstRound: 0,
    dueAt: undefined,
    offeredAt: input.world().now,
    live: 0,
    sealed: [],
    revealed: false,
    voids: 0,
    outcome: undefined,
  }),
  initial: 'beginning',
  entry: 'register',
  states: {
    beginning: {
      entry: 'beginRound',
      always: [{ guard: 'opensAtOnce', target: 'voting', actions: 'openRound' }, { target: 'opening' }],
    },
    /** The question, the choices and the subject are looked up. */
    opening: {
      entry: 'markDirty',
      on: {
        opened: { target: 'voting', actions: 'openRound' },
        unopenable,
        cancel: 'cancelled',
      },
    },
    voting: {
      entry: 'markDirty',
      always: [
        { guard: 'isWhole', target: 'draining' },
        { guard: 'isVetoed', target: 'draining', actions: 'cancelVoters' },
      ],
      on: {
        cast: { guard: 'mayCast', actions: 'takeBallot' },
        'voter.sealed': { actions: 'takeSeal' },
        'step.ended': ended,
        'timer.fired': { guard: 'isDue', target: 'draining', actions: 'cancelUnsealed' },
        shift,
        cancel,
      },
    },
    /** Closed; what was claimed comes to its end. */
    draining: {
      entry: 'forgetDeadline',
      always: [
        { guard: 'mayReveal', target: 'revealing' },
        { guard: 'isDrained', target: 'closed' },
      ],
      on: {
        'step.ended': ended,
        shift,
        cancel,
      },
    },
    revealing: {
      entry: ['waitForReveal', 'revealVoters', 'markDirty'],
      always: { guard: 'isDrained', target: 'closed' },
      on: {
        'step.ended': ended,
        'timer.fired': { guard: 'isDue', target: 'draining', actions: 'cancelVoters' },
        shift,
        cancel,
      },
    },
    closed: {
      entry: 'forgetDeadline',
      always: [
        { guard: 'mustCheck', target: 'checking' },
        { target: 'counted', actions: 'count' },
      ],
    },
    /** The subject is looked at again. */
    checking: {
      entry: 'markDirty',
      on: {
        opened: [
          { guard: 'isChanged', target: 'counted', actions: 'voidRound' },
          { target: 'counted', actions: 'count' },
        ],
        unopenable,
        cancel: 'cancelled',
      },
    },
    counted: {
      always: [
        { guard: 'goesOn', target: 'beginning' },
        { guard: 'asksPeople', target: 'asking', actions: 'ask' },
        { guard: 'hasDecided', target: 'succeeded' },
        { target: 'failed' },
      ],
    },
    /** A deadlock that people decide. */
    asking: {
      on: {
        'approval.ended': { target: 'counted', actions: ['takeAnswer', 'stopAsking'] },
        cancel: { target: 'cancelled', actions: ['stopAsking', 'forgetQuestion'] },
      },
    },
    cancelling: {
      entry: 'forgetDeadline',
      always: { guard: 'isDrained', target: 'cancelled' },
      on: { 'step.ended': ended },
    },
    succeeded: { tags: 'ended', entry: ['recordSuccess', 'tellPhase'] },
    failed: { tags: 'ended', entry: ['recordFailure', 'tellPhase'] },
    cancelled: { tags: 'ended', entry: ['recordCancel', 'tellPhase'] },
  },
});

export const consensusMachine = flat(chart);

function stepOf(context: ConsensusContext) {
  const step = stepDefinition(context);
  if (step.kind !== 'consensus')
    throw new Error(`Step ${context.step} is a ${step.kind} step, not a consensus`);
  return step;
}

/** Whether the file itself says all that stands on a ballot. */
function opensAtOnce(context: ConsensusContext): boolean {
  const { question, choices, subject } = stepOf(context);
  const isPlain = !question.includes('{{') && !question.includes('{%');
  return isPlain && subject === undefined && (choices === undefined || Array.isArray(choices));
}

type SpawnVoter = (src: 'agent', options: { id: string; input: object }) => unknown;

function openRound(
  context: ConsensusContext,
  event: ConsensusEvent,
  spawn: SpawnVoter,
  self: AnyActorRef,
): Partial<ConsensusContext> {
  const world = context.world();
  const step = stepOf(context);
  const found = event.type === 'opened' ? event : undefined;
  const { question, choices, subject } = found ?? {};
  world.ledger.phase(context.phase).polls?.[context.run]?.rounds.push({
    openedAt: world.now,
    ...(question === undefined ? {} : { question }),
    ...(choices === undefined ? {} : { choices }),
    ...(subject === undefined ? {} : { subject }),
    cast: [],
  });
  let live = 0;
  for (const [slot, voter] of step.voters.entries()) {
    if (voter.kind !== 'agent') continue;
    live += 1;
    spawn('agent', {
      id: voterId(context.round, slot),
      input: {
        world: context.world,
        phase: context.phase,
        step: voter.id,
        run: ballotRun(voter.id, context.round),
        index: context.index,
        item: undefined,
        slot,
        firstAttempt: 1,
        role: voter.name,
      },
    });
  }
  world.dirty.push(self);
  return {
    live,
    firstRound: context.firstRound === 0 ? context.round : context.firstRound,
    dueAt: step.deadlineMs === undefined ? undefined : waitingTime(world) + step.deadlineMs,
  };
}

/** Of this round: the actor of an earlier one may still be among the children while it is being stopped. */
function voterId(round: number, slot: number): string {
  return `voter-${round}-${slot}`;
}

/** In the order of the voters: that of the children is another one after a restore. */
function votersOf(self: AnyActorRef): readonly AnyActorRef[] {
  const { children } = self.getSnapshot() as { children: { readonly [id: string]: AnyActorRef } };
  return Object.values(children)
    .filter((child) => child.src === 'agent' && !child.getSnapshot().hasTag('ended'))
    .sort((a, b) => a.getSnapshot().context.slot - b.getSnapshot().context.slot);
}
