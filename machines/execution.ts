import { assign, enqueueActions, setup } from 'xstate';
import { type ExecutionContext, type ExecutionEvent, executionTimerId } from './execution-context.ts';
import {
  advance,
  asTheyEnded,
  conclude,
  errorOf,
  notePhase,
  pausedForMs,
  phaseId,
} from './execution-work.ts';
import { flat } from './flat.ts';
import { phaseMachine } from './phase.ts';
import { MAX_MICROSTEPS } from './policy.ts';
import type { WorldRef } from './world.ts';

/**
 * The root: starts each phase when its dependencies are met, and answers to what people and time demand of the whole.
 *
 * End states are tagged `ended` and are not `type: 'final'`: a final root ignores everything, but late reports have to be
 * counted and `retry` may leave `failed` (DESIGN section 4).
 */

export interface ExecutionInput {
  readonly world: WorldRef;
}

const machine = setup({
  types: { context: {} as ExecutionContext, events: {} as ExecutionEvent, input: {} as ExecutionInput },
  actors: { phase: phaseMachine },
  guards: {
    mustFail: ({ context }) => context.error !== undefined,
    isConcluded: ({ context }) => context.conclusion === 'done',
    /** The first result in the log wins: after it nothing is awaited any more (I1). */
    awaitsOutputs: ({ context }) => context.conclusion === 'evaluate',
    isDue: ({ context, event }) =>
      event.type === 'timer.fired' &&
      context.dueAt !== undefined &&
      context.world().now >= context.dueAt &&
      event.timerId === executionTimerId(context, context.dueAt),
  },
  actions: {
    markDirty: ({ context, self }) => {
      context.world().dirty.push(self);
    },
    setDeadline: assign(({ context }) => {
      const world = context.world();
      const ms = world.definition.maxExecutionTimeMs;
      return { dueAt: ms === undefined ? undefined : world.now + ms };
    }),
    notePhase: assign(({ context, event }) => notePhase(context, event)),
    /** Takes the end of a phase, starts the phases that may start now, and gathers the outputs when that was all. */
    progress: assign(({ context, event, spawn, self }) => {
      const world = context.world();
      const noted = { ...context, ...notePhase(context, event) };
      const advanced = {
        ...noted,
        phases: advance(noted, self, (input) => spawn('phase', { id: phaseId(input.index), input })),
      };
      const concluded = { ...advanced, ...conclude(advanced) };
      if (concluded.conclusion === 'evaluate') world.dirty.push(self);
      for (const phase of world.admits.splice(0)) phase.send({ type: 'admit' });
      return concluded;
    }),
    keepOutputs: assign(({ context, event }) => {
      if (event.type !== 'concluded') return {};
      context.world().ledger.outputs = event.outputs;
      return { conclusion: 'done' as const };
    }),
    keepReason: assign(({ event }) =>
      event.type === 'pause' || event.type === 'abort' ? { reason: event.reason } : {},
    ),
    keepError: assign(({ context, event }) => ({ error: errorOf(context, event) })),
    stopAwaiting: assign({ conclusion: 'missing' as const }),
    keepPosition: assign(({ context, event }) => {
      if (event.type !== 'checkpoint') return {};
      const { position, now } = context.world();
      return { checkpoints: [...context.checkpoints, { name: event.name, position, at: now }] };
    }),
    beginPause: assign(({ context }) => {
      const world = context.world();
      world.pausedAt = world.now;
      return { pausedAt: world.now };
    }),
    endPause: assign(({ context }) => {
      context.world().pausedAt = undefined;
      return {
        pausedAt: undefined,
        reason: undefined,
        dueAt: context.dueAt === undefined ? undefined : context.dueAt + pausedForMs(context),
      };
    }),
    shiftPhases: enqueueActions(({ context, enqueue, self }) => {
      const byMs = pausedForMs(context);
      for (const child of Object.values(self.getSnapshot().children)) {
        if (child !== undefined) enqueue.sendTo(child, { type: 'shift', byMs });
      }
    }),
    cancelPhases: enqueueActions(({ enqueue, self }) => {
      for (const child of Object.values(self.getSnapshot().children)) {
        if (child !== undefined) enqueue.sendTo(child, { type: 'cancel' });
      }
    }),
    reopen: assign(({ context }) => {
      // Each waits for its turn again, so that `concurrency.phases` holds for a retry too.
      const phases = Object.entries(context.phases).map(([name, standing]) =>
        standing === 'failed' || standing === 'cancelled' ? [name, 'waiting'] : [name, standing],
      );
      return {
        phases: Object.fromEntries(phases),
        error: undefined,
        conclusion: undefined,
        endedAt: undefined,
        reason: undefined,
        retries: context.retries + 1,
      };
    }),
    end: assign(({ context }) => {
      const world = context.world();
      world.pausedAt = undefined;
      return { endedAt: world.now, pausedAt: undefined, phases: asTheyEnded(context) };
    }),
  },
});

const phaseEnded = { actions: 'progress' } as const;
const concluded = { guard: 'awaitsOutputs', actions: 'keepOutputs' } as const;
const inconclusive = { guard: 'awaitsOutputs', actions: ['keepError', 'stopAwaiting'] } as const;
const retry = { target: 'running', actions: ['reopen', 'setDeadline', 'progress'] } as const;
const abort = { target: 'aborted', actions: 'keepReason' } as const;
const overBudget = { actions: 'keepError' } as const;
const unfoldable = { target: 'suspended', actions: 'keepError' } as const;
/** Ended before its time; `retry` goes on from there. */
const brokenOff = {
  tags: 'ended',
  entry: ['end', 'cancelPhases', 'markDirty'],
  on: { 'phase.ended': { actions: 'notePhase' }, retry, unfoldable },
} as const;
const checkpoint = { actions: 'keepPosition' } as const;

const chart = machine.createMachine({
  id: 'execution',
  options: { maxIterations: MAX_MICROSTEPS },
  context: ({ input }) => ({
    ...input,
    startedAt: input.world().now,
    endedAt: undefined,
    dueAt: undefined,
    pausedAt: undefined,
    reason: undefined,
    phases: {},
    error: undefined,
    conclusion: undefined,
    checkpoints: [],
    retries: 0,
  }),
  initial: 'running',
  entry: ['setDeadline', 'progress'],
  states: {
    running: {
      entry: 'markDirty',
      always: [
        { guard: 'mustFail', target: 'failed' },
        { guard: 'isConcluded', target: 'completed' },
      ],
      on: {
        'phase.ended': phaseEnded,
        concluded,
        inconclusive,
        pause: { target: 'pausing', actions: ['keepReason', 'beginPause'] },
        'timer.fired': { guard: 'isDue', target: 'timedOut', actions: 'keepError' },
        'budget.exceeded': overBudget,
        abort,
        checkpoint,
        unfoldable,
      },
    },
    /** Asked to pause: no new claims, those that stand end or lose their lease. */
    pausing: {
      entry: 'markDirty',
      on: {
        'phase.ended': phaseEnded,
        concluded,
        inconclusive,
        drained: 'paused',
        resume: { target: 'running', actions: ['shiftPhases', 'endPause'] },
        'budget.exceeded': overBudget,
        abort,
        checkpoint,
        unfoldable,
      },
    },
    paused: {
      entry: 'markDirty',
      on: {
        'phase.ended': phaseEnded,
        concluded,
        inconclusive,
        resume: { target: 'running', actions: ['shiftPhases', 'endPause'] },
        abort,
        checkpoint,
        unfoldable,
      },
    },
    /** A record could not be folded: nothing is owed until a person aborts it or a repaired version folds the log again. */
    suspended: { entry: 'markDirty', on: { abort } },
    completed: { tags: 'ended', entry: ['end', 'markDirty'] },
    failed: brokenOff,
    timedOut: brokenOff,
    aborted: {
      tags: 'ended',
      entry: ['end', 'cancelPhases', 'markDirty'],
      on: { 'phase.ended': { actions: 'notePhase' } },
    },
  },
});

export const executionMachine = flat(chart);
