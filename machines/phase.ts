import { assign, enqueueActions, sendParent, setup, stopChild } from 'xstate';
import type { Json } from '../src/json.ts';
import { agentMachine } from './agent.ts';
import { type ApprovalEnded, approvalMachine } from './approval.ts';
import { type Drift, describeDrift } from './approved-files.ts';
import { consensusMachine } from './consensus.ts';
import { evaluationMachine } from './evaluation.ts';
import { flat } from './flat.ts';
import type { PhaseEnd } from './ledger.ts';
import { type Excess, limitRunOf } from './limits.ts';
import { type PhaseContext, phaseTimerId } from './phase-context.ts';
import { evaluationId, handOver, isHoldable, liveSteps, spawner } from './phase-slots.ts';
import {
  backoffUntil,
  begin,
  conclude,
  decide,
  deviate,
  fill,
  isLimitDue,
  reset,
  settle,
  shifted,
  takeAnswer,
  takenOver,
  triesOf,
  usesApprovedFiles,
  withDetails,
} from './phase-work.ts';
import { MAX_MICROSTEPS, phaseRetryOf } from './policy.ts';
import { waitMachine } from './wait.ts';
import { phaseOf, type WorldRef, waitingTime } from './world.ts';

/**
 * One phase: decides whether it runs, walks its program through a window of live step actors, and gathers its outputs.
 *
 * 1. At most `window` steps live at once, each in a slot with a fixed id; the actor of a slot takes the next step when its own
 *    has ended, so a record costs the same in a phase of ten thousand steps as in one of ten.
 * 2. A barrier starts when nothing above it lives, and nothing below it starts before it ended.
 * 3. While people are asked whether to go on beyond a limit nothing new begins: no step, no attempt, no vote. What runs goes on.
 * 4. A retry runs the steps that did not succeed; what succeeded is not run again.
 */

export type PhaseEvent =
  | { type: 'admit' }
  | { type: 'expanded'; items: readonly Json[]; roles: { readonly [step: string]: readonly string[] } }
  | { type: 'unexpandable'; message: string }
  | { type: 'verified' }
  | { type: 'unverifiable'; message: string }
  | { type: 'drifted'; drifted: readonly Drift[] }
  | { type: 'concluded'; outputs: { readonly [name: string]: Json | undefined } }
  | { type: 'inconclusive'; message: string }
  | { type: 'step.ended'; slot: number; run: string }
  | { type: 'timer.fired'; timerId: string }
  | { type: 'deviated'; excess: Excess }
  | ApprovalEnded
  | { type: 'shift'; byMs: number }
  /** What it did was undone; it may get its turn again. */
  | { type: 'reset' }
  | { type: 'cancel' };

export interface PhaseInput {
  readonly world: WorldRef;
  readonly name: string;
  readonly index: number;
}

/** Child id of what people are asked about a limit. */
const QUESTION = 'question';

const machine = setup({
  types: { context: {} as PhaseContext, events: {} as PhaseEvent, input: {} as PhaseInput },
  actors: {
    agent: agentMachine,
    evaluation: evaluationMachine,
    wait: waitMachine,
    approval: approvalMachine,
    consensus: consensusMachine,
  },
  guards: {
    neverBegan: ({ context }) => context.decision === undefined,
    startsAtOnce: ({ context }) => {
      const world = context.world();
      const phase = phaseOf(world, context.name);
      return phase.when === undefined && phase.forEach === undefined && !usesApprovedFiles(context);
    },
    /** Files that were approved have to be the same when they are used. */
    usesApprovedFiles: ({ context }) => usesApprovedFiles(context),
    isSkipped: ({ context }) => context.decision === 'skip',
    isUndecidable: ({ context }) => context.decision === 'error',
    needsItems: ({ context }) => {
      const world = context.world();
      const phase = phaseOf(world, context.name);
      return phase.forEach !== undefined && world.ledger.phases.get(context.name)?.items === undefined;
    },
    isAgentStep: ({ context, event }) =>
      event.type === 'step.ended' &&
      context.world().ledger.phase(context.name).results.get(event.run)?.kind === 'agent',
    hasFailed: ({ context }) => context.error !== undefined,
    isDrained: ({ context }) => context.live === 0,
    mayTryAgain: ({ context }) =>
      !context.isFinal &&
      // A person said no: asking again at once would be arguing.
      context.error?.code !== 'APPROVAL_REJECTED' &&
      // A decision stands, and what is to be undone is not tried again first.
      context.error?.code !== 'DECIDED_AGAINST' &&
      context.error?.rollback === undefined &&
      triesOf(context) < phaseRetryOf(phaseOf(context.world(), context.name)).maxAttempts,
    isConcluded: ({ context }) => context.conclusion === 'done',
    isUndone: ({ context }) => context.conclusion === 'evaluate',
    /**
     * Drained, with no wait left. Asked at that moment only: `always` is looked at after every event, and one that asked for the
     * time in a state that lasts would let any stray record move the phase on.
     */
    mayGoOn: ({ context }) =>
      context.live === 0 && (context.dueAt === undefined || waitingTime(context.world()) >= context.dueAt),
    isLimitDue: ({ context, event }) => event.type === 'timer.fired' && isLimitDue(context, event.timerId),
    isDue: ({ context, event }) =>
      event.type === 'timer.fired' &&
      context.dueAt !== undefined &&
      context.world().now >= context.dueAt &&
      event.timerId === phaseTimerId(context, context.dueAt),
  },
  actions: {
    markDirty: ({ context, self }) => {
      context.world().dirty.push(self);
    },
    decide: assign(({ context }) => decide(context)),
    begin: assign(({ context }) => begin(context)),
    /** Begins, and starts what may start at once. */
    start: assign(({ context, spawn, self }) => {
      const begun = { ...context, ...begin(context) };
      if (begun.dueAt !== undefined || begun.measuredFrom !== undefined) context.world().dirty.push(self);
      const started = conclude({ ...begun, ...fill(begun, spawner(begun, spawn, self)) });
      handOver(context.world());
      return started;
    }),
    /** Takes the end of a step, starts what may start now, and gathers the outputs when that was all. */
    proceed: assign(({ context, event, spawn, self }) => {
      const settled = { ...context, ...(event.type === 'step.ended' ? settle(context, event) : {}) };
      const proceeded = conclude({ ...settled, ...fill(settled, spawner(settled, spawn, self)) });
      handOver(context.world());
      return proceeded;
    }),
    restart: assign({
      passedLimits: undefined,
      window: undefined,
      cursor: 0,
      failed: 0,
      error: undefined,
      isFinal: false,
      atBarrier: false,
      conclusion: undefined,
    }),
    reset: assign(({ context }) => reset(context)),
    countTry: assign(({ context }) => ({ tries: context.tries + 1 })),
    forgetDeadline: assign({ dueAt: undefined }),
    deviate: assign(({ context, event, spawn }) =>
      event.type === 'deviated'
        ? deviate(context, event.excess, (input) => spawn('approval', { id: QUESTION, input }))
        : {},
    ),
    takeAnswer: assign(({ context, event }) =>
      event.type === 'approval.ended' ? takeAnswer(context, event) : {},
    ),
    stopAsking: stopChild(QUESTION),
    /** Its time has stood still. */
    shiftHeld: enqueueActions(({ context, enqueue, self }) => {
      if (context.asking === undefined) return;
      const byMs = waitingTime(context.world()) - context.asking.from;
      for (const step of liveSteps(self)) if (isHoldable(step)) enqueue.sendTo(step, { type: 'shift', byMs });
    }),
    /** The phase ends, or is tried again, while people are still asked. */
    dropQuestion: enqueueActions(({ context, enqueue }) => {
      if (context.asking === undefined) return;
      const run = limitRunOf(context.world(), context.index, context.asking.limit);
      context.world().steps.delete(run);
      context.world().ledger.approvals.delete(run);
      enqueue.stopChild(QUESTION);
      enqueue.assign({ asking: undefined });
    }),
    /** Marks that its time has come: what it comes to is found out after the record, as for any other limit. */
    noteLimit: assign(({ context }) => ({ ...context })),
    waitBackoff: assign(({ context }) => ({ dueAt: backoffUntil(context) })),
    keepItems: ({ context, event }) => {
      if (event.type !== 'expanded') return;
      const produce = context.world().ledger.phase(context.name);
      produce.items = event.items;
      produce.roles = event.roles;
    },
    settle: assign(({ context, event }) => (event.type === 'step.ended' ? settle(context, event) : {})),
    stopStep: stopChild(({ event }) => (event.type === 'step.ended' ? evaluationId(event.slot) : '')),
    cancelSteps: enqueueActions(({ enqueue, self }) => {
      for (const step of liveSteps(self)) enqueue.sendTo(step, { type: 'cancel' });
    }),
    shiftSteps: enqueueActions(({ enqueue, self, event }) => {
      for (const step of liveSteps(self)) enqueue.sendTo(step, event as never);
    }),
    shiftDeadline: assign(({ context, event }) =>
      event.type === 'shift' ? shifted(context, event.byMs) : {},
    ),
    keepTimeout: assign(({ context }) => ({
      error: {
        code: 'PHASE_TIMED_OUT',
        message: `Phase ${context.name} took longer than its timeout of ${phaseOf(context.world(), context.name).timeoutMs} ms.`,
        phase: context.name,
      },
    })),
    keepReason: assign(({ context, event }) => {
      if (event.type === 'drifted') {
        const message = describeDrift(event.drifted);
        const step = event.drifted[0]?.step;
        return { error: { code: 'APPROVAL_DRIFTED', message, phase: context.name, step } };
      }
      if (event.type !== 'unexpandable' && event.type !== 'unverifiable' && event.type !== 'inconclusive')
        return {};
      return { error: { code: 'PHASE_FAILED', message: event.message, phase: context.name } };
    }),
    keepOutputs: ({ context, event }) => {
      if (event.type === 'concluded') context.world().ledger.phase(context.name).outputs = event.outputs;
    },
    sumUp: ({ context }, { status }: { status: PhaseEnd }) => {
      const world = context.world();
      const produce = world.ledger.phase(context.name);
      produce.summary = {
        status,
        degraded: status === 'completed' && context.failed > 0,
        startedAt: context.startedAt,
        endedAt: world.now,
        tries: context.tries,
        ...(context.error === undefined ? {} : { error: withDetails(context, context.error) }),
        ...(world.foldVersion < 2 ? {} : { position: world.position }),
      };
    },
    tellExecution: sendParent(({ context }: { context: PhaseContext }) => ({
      type: 'phase.ended',
      name: context.name,
      isFinal: context.isFinal,
    })),
  },
});

const timeUp = { guard: 'isDue', target: 'failing', actions: ['keepTimeout', 'cancelSteps'] } as const;
const shift = { actions: ['shiftDeadline', 'shiftSteps', 'markDirty'] } as const;
const begunAnew = { target: 'waiting', actions: 'reset' } as const;
/** Steps that still drain after the phase ended give their slots back. */
const lateEnd = [{ guard: 'isAgentStep', actions: 'settle' }, { actions: ['stopStep', 'settle'] }] as const;

const chart = machine.createMachine({
  id: 'phase',
  options: { maxIterations: MAX_MICROSTEPS },
  context: ({ input }) => ({
    ...input,
    startedAt: undefined,
    dueAt: undefined,
    tries: 1,
    decision: undefined,
    cursor: 0,
    live: 0,
    freeSlots: [],
    usedSlots: 0,
    atBarrier: false,
    succeeded: 0,
    failed: 0,
    error: undefined,
    isFinal: false,
    conclusion: undefined,
    ...takenOver(input),
  }),
  initial: 'waiting',
  states: {
    waiting: {
      on: {
        // Most phases have nothing to find out first; the state in between would cost each of them a step.
        admit: [{ guard: 'startsAtOnce', target: 'running', actions: 'start' }, { target: 'deciding' }],
        cancel: 'cancelled',
      },
    },
    deciding: {
      entry: 'decide',
      always: [
        { guard: 'isSkipped', target: 'skipped' },
        { guard: 'isUndecidable', target: 'failing' },
        { guard: 'usesApprovedFiles', target: 'verifying', actions: 'begin' },
        { guard: 'needsItems', target: 'expanding', actions: 'begin' },
        { target: 'running', actions: 'start' },
      ],
    },
    /** The owner reads again what was approved before. */
    verifying: {
      entry: 'markDirty',
      on: {
        verified: [
          { guard: 'needsItems', target: 'expanding' },
          { target: 'running', actions: 'start' },
        ],
        drifted: { target: 'failing', actions: 'keepReason' },
        unverifiable: { target: 'failing', actions: 'keepReason' },
        'timer.fired': timeUp,
        shift,
        cancel: 'cancelled',
      },
    },
    expanding: {
      entry: 'markDirty',
      on: {
        expanded: { target: 'running', actions: ['keepItems', 'proceed', 'markDirty'] },
        unexpandable: { target: 'failing', actions: 'keepReason' },
        'timer.fired': timeUp,
        shift,
        cancel: { target: 'cancelled', actions: 'cancelSteps' },
      },
    },
    running: {
      exit: 'dropQuestion',
      always: [
        { guard: 'isConcluded', target: 'completed' },
        { guard: 'hasFailed', target: 'failing', actions: 'cancelSteps' },
        { guard: 'isUndone', target: 'concluding' },
      ],
      on: {
        'step.ended': [{ guard: 'isAgentStep', actions: 'proceed' }, { actions: ['stopStep', 'proceed'] }],
        'timer.fired': [timeUp, { guard: 'isLimitDue', actions: 'noteLimit' }],
        deviated: { actions: ['deviate', 'markDirty'] },
        'approval.ended': { actions: ['shiftHeld', 'takeAnswer', 'stopAsking', 'proceed', 'markDirty'] },
        shift,
        cancel: { target: 'cancelled', actions: 'cancelSteps' },
      },
    },
    concluding: {
      entry: 'markDirty',
      on: {
        concluded: { target: 'completed', actions: 'keepOutputs' },
        inconclusive: { target: 'failing', actions: 'keepReason' },
        'timer.fired': timeUp,
        shift,
        cancel: 'cancelled',
      },
    },
    failing: {
      always: [{ guard: 'mayTryAgain', target: 'draining', actions: 'waitBackoff' }, { target: 'failed' }],
    },
    draining: {
      always: [
        { guard: 'mayGoOn', target: 'deciding', actions: ['countTry', 'restart'] },
        { guard: 'isDrained', target: 'backingOff' },
      ],
      on: { 'step.ended': lateEnd, shift, cancel: { target: 'cancelled', actions: 'cancelSteps' } },
    },
    backingOff: {
      entry: ['countTry', 'markDirty'],
      on: {
        'timer.fired': { guard: 'isDue', target: 'deciding', actions: 'restart' },
        shift,
        cancel: 'cancelled',
      },
    },
    completed: {
      tags: 'ended',
      entry: [{ type: 'sumUp', params: { status: 'completed' } }, 'tellExecution'],
      on: { reset: begunAnew },
    },
    failed: {
      tags: 'ended',
      entry: [{ type: 'sumUp', params: { status: 'failed' } }, 'tellExecution'],
      on: {
        'step.ended': lateEnd,
        admit: { target: 'draining', actions: 'forgetDeadline' },
        reset: begunAnew,
      },
    },
    skipped: {
      tags: 'ended',
      entry: [{ type: 'sumUp', params: { status: 'skipped' } }, 'tellExecution'],
      on: { reset: begunAnew },
    },
    cancelled: {
      tags: 'ended',
      entry: [{ type: 'sumUp', params: { status: 'cancelled' } }, 'tellExecution'],
      on: {
        'step.ended': lateEnd,
        admit: [
          { guard: 'neverBegan', target: 'deciding' },
          { target: 'draining', actions: 'forgetDeadline' },
        ],
        reset: begunAnew,
      },
    },
  },
});

export const phaseMachine = flat(chart);
