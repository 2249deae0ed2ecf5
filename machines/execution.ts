import { type AnyActorRef, assign, enqueueActions, sendTo, setup, stopChild } from 'xstate';
import { type ExecutionContext, type ExecutionEvent, executionTimerId } from './execution-context.ts';
import {
  afterwardsOf,
  beginMeasure,
  beginRollback,
  endMeasure,
  endRollback,
  explained,
  goBack,
  mayRollBack,
} from './execution-rollback.ts';
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
import { type RollbackInput, rollbackId, rollbackMachine } from './rollback.ts';
import { type WorldRef, waitingTime } from './world.ts';

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
  actors: { phase: phaseMachine, rollback: rollbackMachine },
  guards: {
    mayRollBack: ({ context, event }) => mayRollBack(context, event),
    mayRollBackAnew: ({ context, event }) => context.rollback === undefined && mayRollBack(context, event),
    /** What went wrong is to be undone; where there is no such point to go back to it is a plain failure. */
    mustRollBack: ({ context, event }) =>
      context.error?.rollback !== undefined && mayRollBack(context, event),
    isRollingBack: ({ context }) => context.rollback !== undefined,
    isOlder: ({ context, event }) => event.type === 'rollback.ended' && event.number !== context.rollback,
    hasUndone: ({ event }) => event.type === 'rollback.ended' && event.outcome === 'undone',
    hasUndoneAndGoesOn: ({ context, event }) =>
      event.type === 'rollback.ended' && event.outcome === 'undone' && afterwardsOf(context) === 'continue',
    /** What a rollback left half undone is not gone on with. */
    mayRetry: ({ context }) => context.rollback === undefined,
    mustUndoTimeout: ({ context, event }) =>
      context.world().foldVersion >= 2 &&
      typeof context.world().definition.onFailure !== 'string' &&
      isDue(context, event),
    stopsHere: ({ context, event }) =>
      context.rollback !== undefined &&
      event.type === 'abort' &&
      event.rollback === true &&
      afterwardsOf(context) === 'continue',
    isPlainAbort: ({ event }) => event.type === 'abort' && event.rollback !== true,
    isMeasured: ({ context, event }) =>
      event.type === 'measured' && context.measuring?.includes(event.position) === true,
    mustFail: ({ context }) => context.error !== undefined,
    isConcluded: ({ context }) => context.conclusion === 'done',
    /** The first result in the log wins: after it nothing is awaited any more (I1). */
    awaitsOutputs: ({ context }) => context.conclusion === 'evaluate',
    isDue: ({ context, event }) => isDue(context, event),
  },
  actions: {
    markDirty: ({ context, self }) => {
      context.world().dirty.push(self);
    },
    setDeadline: assign(({ context }) => {
      const world = context.world();
      const ms = world.definition.maxExecutionTimeMs;
      return { dueAt: ms === undefined ? undefined : waitingTime(world) + ms };
    }),
    notePhase: assign(({ context, event }) => notePhase(context, event)),
    /** Takes the end of a phase, starts the phases that may start now, and gathers the outputs when that was all. */
    progress: assign(({ context, event, spawn, self }) => {
      const world = context.world();
      const noted = { ...context, ...notePhase(context, event), ...endMeasure(context, event) };
      if (noted.measuring !== undefined) world.dirty.push(self);
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
      return {
        checkpoints: [...context.checkpoints, { name: event.name, position, at: now }],
        ...beginMeasure(context, position),
      };
    }),
    measureStart: assign(({ context }) => beginMeasure(context, 0)),
    beginRollback: assign(({ context, event, spawn }) => {
      const begun = beginRollback(context, event);
      startRollback(context, begun, spawn);
      return begun;
    }),
    tellDrained: sendTo(({ context }) => rollbackId(context.rollback ?? 0), { type: 'drained' }),
    endRollback: assign(({ context, event }) =>
      event.type === 'rollback.ended' ? endRollback(context, event.outcome) : {},
    ),
    /** One that was aborted ends when its last claim does. */
    noteRollbackEnd: ({ context, event }) => {
      if (event.type !== 'rollback.ended') return;
      const { ledger, now } = context.world();
      ledger.changeRollback(event.number, { outcome: event.outcome, endedAt: now });
    },
    stopRollback: stopChild(({ event }) => (event.type === 'rollback.ended' ? rollbackId(event.number) : '')),
    stopAfterwards: ({ context }) => {
      const { ledger } = context.world();
      if (ledger.rollback !== undefined)
        ledger.changeRollback(ledger.rollback.number, { afterwards: 'stop' });
    },
    goBack: assign(({ context, self }) => goBack(context, (index) => childOf(self, phaseId(index)))),
    forgetPause: assign(({ context }) => {
      context.world().pausedAt = undefined;
      return { pausedAt: undefined };
    }),
    /** Written into the error, so that whoever reads it knows why nothing was undone. */
    explainNoRollback: assign(({ context }) => ({ error: explained(context.error) })),
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
const retry = {
  guard: 'mayRetry',
  target: 'running',
  actions: ['reopen', 'setDeadline', 'progress'],
} as const;
const rollBack = {
  guard: 'mayRollBack',
  target: 'rollingBack',
  actions: ['forgetPause', 'keepReason', 'beginRollback', 'cancelPhases'],
} as const;
const abort = [rollBack, { guard: 'isPlainAbort', target: 'aborted', actions: 'keepReason' }] as const;
/** While a rollback is under way: it goes on and stops afterwards, or ends where it is. */
const abortRollback = [
  { guard: 'stopsHere', actions: ['keepReason', 'stopAfterwards'] },
  { guard: 'isPlainAbort', target: 'aborted', actions: 'keepReason' },
] as const;
const rollBackAnew = { ...rollBack, guard: 'mayRollBackAnew' } as const;
const abortPaused = [rollBackAnew, ...abortRollback] as const;
const resume = [
  { guard: 'isRollingBack', target: 'rollingBack', actions: ['shiftPhases', 'endPause'] },
  { target: 'running', actions: ['shiftPhases', 'endPause'] },
] as const;
const measured = { guard: 'isMeasured', actions: 'progress' } as const;
const drainedForRollback = { actions: 'tellDrained' } as const;
const lateRollback = { actions: ['stopRollback', 'noteRollbackEnd'] } as const;
const overBudget = { actions: 'keepError' } as const;
const unfoldable = { target: 'suspended', actions: 'keepError' } as const;
/** Ended before its time; `retry` goes on from there. */
const brokenOff = {
  tags: 'ended',
  entry: ['end', 'cancelPhases', 'markDirty'],
  on: {
    'phase.ended': { actions: 'notePhase' },
    retry,
    rollback: rollBack,
    unfoldable,
  },
} as const;
const checkpoint = { actions: ['keepPosition', 'markDirty'] } as const;
/** What follows the rollback. Going on, the phases wait for their turn: nothing is given out while the execution is paused. */
function followRollback(goingOn: object) {
  return [
    {
      guard: 'hasUndoneAndGoesOn',
      actions: ['stopRollback', 'endRollback', 'goBack', 'setDeadline', 'progress'],
      ...goingOn,
    },
    { guard: 'hasUndone', target: 'rolledBack', actions: ['stopRollback', 'endRollback'] },
    { target: 'failed', actions: ['stopRollback', 'endRollback'] },
  ] as const;
}
/** Where something may still be claimed, also of a rollback that was aborted. */
function rollbackEnded(goingOn: object) {
  return [{ guard: 'isOlder', ...lateRollback }, ...followRollback(goingOn)] as const;
}

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
  entry: ['setDeadline', 'measureStart', 'progress'],
  states: {
    running: {
      entry: 'markDirty',
      always: [
        { guard: 'mustRollBack', target: 'rollingBack', actions: ['beginRollback', 'cancelPhases'] },
        { guard: 'mustFail', target: 'failed', actions: 'explainNoRollback' },
        { guard: 'isConcluded', target: 'completed' },
      ],
      on: {
        'phase.ended': phaseEnded,
        concluded,
        inconclusive,
        pause: { target: 'pausing', actions: ['keepReason', 'beginPause'] },
        'timer.fired': [
          { guard: 'mustUndoTimeout', actions: 'keepError' },
          { guard: 'isDue', target: 'timedOut', actions: 'keepError' },
        ],
        'budget.exceeded': overBudget,
        measured,
        rollback: rollBack,
        abort,
        checkpoint,
        unfoldable,
      },
    },
    /** Undoes what was done, see the rollback actor; nothing else begins meanwhile. */
    rollingBack: {
      entry: 'markDirty',
      on: {
        'phase.ended': { actions: 'notePhase' },
        'rollback.drained': drainedForRollback,
        'rollback.ended': rollbackEnded({ target: 'running' }),
        pause: { target: 'pausing', actions: ['keepReason', 'beginPause'] },
        abort: abortRollback,
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
        measured,
        drained: 'paused',
        resume,
        'budget.exceeded': overBudget,
        rollback: rollBackAnew,
        'rollback.drained': drainedForRollback,
        'rollback.ended': rollbackEnded({}),
        abort: abortPaused,
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
        measured,
        resume,
        rollback: rollBackAnew,
        'rollback.ended': followRollback({}),
        abort: abortPaused,
        checkpoint,
        unfoldable,
      },
    },
    /** A record could not be folded: nothing is owed until a person aborts it or a repaired version folds the log again. */
    suspended: {
      entry: 'markDirty',
      on: {
        abort: { guard: 'isPlainAbort', target: 'aborted', actions: 'keepReason' },
        'rollback.ended': lateRollback,
      },
    },
    completed: { tags: 'ended', entry: ['end', 'markDirty'], on: { rollback: rollBack } },
    failed: brokenOff,
    timedOut: brokenOff,
    aborted: {
      tags: 'ended',
      entry: ['end', 'cancelPhases', 'markDirty'],
      on: {
        'phase.ended': { actions: 'notePhase' },
        rollback: rollBack,
        'rollback.ended': lateRollback,
      },
    },
    rolledBack: {
      tags: 'ended',
      entry: ['end', 'markDirty'],
      on: { rollback: rollBack },
    },
  },
});

export const executionMachine = flat(chart);

function isDue(context: ExecutionContext, event: ExecutionEvent): boolean {
  return (
    event.type === 'timer.fired' &&
    context.dueAt !== undefined &&
    context.world().now >= context.dueAt &&
    event.timerId === executionTimerId(context, context.dueAt)
  );
}

function childOf(self: AnyActorRef, id: string): AnyActorRef | undefined {
  return (self.getSnapshot() as { children: { readonly [id: string]: AnyActorRef } }).children[id];
}

type SpawnRollback = (
  src: 'rollback',
  options: { readonly id: string; readonly input: RollbackInput },
) => unknown;

function startRollback(
  { world }: ExecutionContext,
  { rollback: number }: Partial<ExecutionContext>,
  spawn: SpawnRollback,
): void {
  if (number !== undefined) spawn('rollback', { id: rollbackId(number), input: { world, number } });
}
