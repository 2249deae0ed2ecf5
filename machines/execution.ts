import { type AnyActorRef, assign, enqueueActions, setup } from 'xstate';
import type { Json } from '../src/json.ts';
import type { PhaseDefinition } from '../src/task/definition.ts';
import { type ExecutionError, type PhaseEnd, withoutDetails } from './ledger.ts';
import { pickExecutionOutputs } from './outputs.ts';
import { type PhaseInput, phaseMachine } from './phase.ts';
import type { World, WorldRef } from './world.ts';

/**
 * The root: starts each phase when its dependencies are met, and answers to what people and time demand of the whole.
 *
 * End states are tagged `ended` and are not `type: 'final'`: a final root ignores everything, but late reports have to be
 * counted and `retry` may leave `failed` (DESIGN section 4).
 */

export interface ExecutionContext {
  readonly world: WorldRef;
  readonly startedAt: number;
  readonly endedAt: number | undefined;
  /** Absolute deadline of the task, ms since 1970. */
  readonly dueAt: number | undefined;
  readonly pausedAt: number | undefined;
  /** Why it was paused or aborted, in a person's words. */
  readonly reason: string | undefined;
  /** Phase -> where it stands, from the root's point of view; absent: its dependencies are not met. */
  readonly phases: { readonly [name: string]: PhaseStanding };
  readonly error: ExecutionError | undefined;
  readonly conclusion: 'done' | 'missing' | 'evaluate' | undefined;
  readonly checkpoints: readonly Checkpoint[];
  /** How often `retry` was asked for; part of timer ids. */
  readonly retries: number;
}

export type PhaseStanding = 'waiting' | 'admitted' | PhaseEnd;

/** A named position of the log. */
export interface Checkpoint {
  readonly name: string;
  readonly position: number;
  readonly phase?: string | undefined;
  readonly at: number;
}

export type ExecutionEvent =
  | { type: 'phase.ended'; name: string; isFinal: boolean }
  | { type: 'pause'; reason?: string | undefined }
  | { type: 'drained' }
  | { type: 'resume' }
  | { type: 'abort'; reason?: string | undefined }
  | { type: 'retry' }
  | { type: 'checkpoint'; name: string }
  | { type: 'budget.exceeded'; error: ExecutionError }
  | { type: 'unfoldable'; error: ExecutionError }
  | { type: 'concluded'; outputs: { readonly [name: string]: Json | undefined } }
  | { type: 'inconclusive'; message: string }
  | { type: 'timer.fired'; timerId: string };

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
      return concluded;
    }),
    /** Lets the phases whose turn has come begin. */
    admit: assign(({ context }) => {
      for (const phase of context.world().admits.splice(0)) phase.send({ type: 'admit' });
      return {};
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

const phaseEnded = { actions: ['progress', 'admit'] } as const;
const concluded = { guard: 'awaitsOutputs', actions: 'keepOutputs' } as const;
const inconclusive = { guard: 'awaitsOutputs', actions: ['keepError', 'stopAwaiting'] } as const;
const retry = { target: 'running', actions: ['reopen', 'setDeadline', 'progress', 'admit'] } as const;
const abort = { target: 'aborted', actions: 'keepReason' } as const;
const overBudget = { actions: 'keepError' } as const;
const unfoldable = { target: 'suspended', actions: 'keepError' } as const;
const checkpoint = { actions: 'keepPosition' } as const;

export const executionMachine = machine.createMachine({
  id: 'execution',
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
  entry: ['setDeadline', 'progress', 'admit'],
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
    failed: {
      tags: 'ended',
      entry: ['end', 'cancelPhases', 'markDirty'],
      on: {
        'phase.ended': { actions: 'notePhase' },
        retry,
        unfoldable,
      },
    },
    timedOut: {
      tags: 'ended',
      entry: ['end', 'cancelPhases', 'markDirty'],
      on: {
        'phase.ended': { actions: 'notePhase' },
        retry,
        unfoldable,
      },
    },
    aborted: {
      tags: 'ended',
      entry: ['end', 'cancelPhases', 'markDirty'],
      on: { 'phase.ended': { actions: 'notePhase' } },
    },
  },
});

export function executionTimerId(context: Pick<ExecutionContext, 'retries'>, dueAt: number): string {
  return `execution/${context.retries}/${dueAt}`;
}

/** Phases that a retry would have run again and that did not get their turn stand as they ended before. */
function asTheyEnded(context: ExecutionContext): ExecutionContext['phases'] {
  const { ledger } = context.world();
  const standings = Object.entries(context.phases).map(([name, standing]) => {
    const ended = standing === 'waiting' ? ledger.phases.get(name)?.summary?.status : undefined;
    return [name, ended ?? standing] as const;
  });
  return Object.fromEntries(standings);
}

function pausedForMs(context: ExecutionContext): number {
  return context.pausedAt === undefined ? 0 : context.world().now - context.pausedAt;
}

function notePhase(context: ExecutionContext, event: ExecutionEvent): Partial<ExecutionContext> {
  if (event.type !== 'phase.ended') return {};
  const world = context.world();
  const summary = world.ledger.phases.get(event.name)?.summary;
  const phase = world.phases.get(event.name);
  if (summary === undefined || phase === undefined) return {};
  return {
    phases: { ...context.phases, [event.name]: summary.status },
    ...failureOf(context, phase, event.isFinal),
    ...checkpointOf(context, phase, summary.status),
  };
}

/** A failed phase fails the execution, unless the file says to go on without it. */
function failureOf(
  context: ExecutionContext,
  phase: PhaseDefinition,
  isFinal: boolean,
): Partial<ExecutionContext> {
  const world = context.world();
  const summary = world.ledger.phases.get(phase.name)?.summary;
  if (summary?.status !== 'failed' || context.error !== undefined) return {};
  const goesOn = (phase.onFailure ?? world.definition.onFailure) === 'continue';
  if (goesOn && !isFinal) return {};
  const error = summary.error ?? {
    code: 'PHASE_FAILED',
    message: `Phase ${phase.name} failed.`,
    phase: phase.name,
  };
  return { error: withoutDetails(error) };
}

function checkpointOf(
  context: ExecutionContext,
  phase: PhaseDefinition,
  status: PhaseEnd,
): Partial<ExecutionContext> {
  if (status !== 'completed' || phase.checkpoint === undefined || phase.checkpoint === false) return {};
  const { position, now } = context.world();
  const name = phase.checkpoint === true ? phase.name : phase.checkpoint;
  return { checkpoints: [...context.checkpoints, { name, position, phase: phase.name, at: now }] };
}

/** Brings phases to life and lets those waiting begin, in file order; gives where all of them stand then. */
function advance(
  context: ExecutionContext,
  self: AnyActorRef,
  spawn: (input: PhaseInput) => AnyActorRef,
): ExecutionContext['phases'] {
  if (context.error !== undefined) return context.phases;
  const world = context.world();
  const { phases: all, concurrency } = world.definition;
  // A map, since a phase may be named `constructor`.
  const phases = new Map(Object.entries(context.phases));
  const isReady = (dependsOn: readonly string[]) => dependsOn.every((needed) => isMet(phases.get(needed)));
  let active = 0;
  for (const standing of phases.values()) if (standing === 'admitted') active += 1;
  for (const [index, { name, dependsOn }] of all.entries()) {
    const standing = phases.get(name);
    // A phase that is tried again may depend on another that is.
    if ((standing !== undefined && standing !== 'waiting') || !isReady(dependsOn)) continue;
    const isAdmitted = active < (concurrency.phases ?? Number.POSITIVE_INFINITY);
    const actor =
      standing === undefined ? spawn({ world: context.world, name, index }) : phaseActor(self, index);
    if (isAdmitted && actor !== undefined) world.admits.push(actor);
    phases.set(name, isAdmitted ? 'admitted' : 'waiting');
    if (isAdmitted) active += 1;
  }
  return Object.fromEntries(phases);
}

function phaseActor(self: AnyActorRef, index: number): AnyActorRef | undefined {
  return (self.getSnapshot() as { children: { readonly [id: string]: AnyActorRef } }).children[
    phaseId(index)
  ];
}

function phaseId(index: number): string {
  return `phase-${index}`;
}

/** A failed phase that got here was allowed to fail: the ones after it go on without its outputs. */
function isMet(standing: PhaseStanding | undefined): boolean {
  return standing === 'completed' || standing === 'skipped' || standing === 'failed';
}

function conclude(context: ExecutionContext): Partial<ExecutionContext> {
  const world: World = context.world();
  if (context.error !== undefined || context.conclusion !== undefined) return {};
  const phases = new Map(Object.entries(context.phases));
  if (!world.definition.phases.every((phase) => isMet(phases.get(phase.name)))) return {};
  const picked = pickExecutionOutputs(world.ledger, world.definition);
  switch (picked.kind) {
    case 'picked':
      world.ledger.outputs = picked.outputs;
      return { conclusion: 'done' };
    case 'evaluate':
      return { conclusion: 'evaluate' };
    case 'missing':
      return {
        conclusion: 'missing',
        error: {
          code: 'OUTPUT_MISSING',
          message: `The task lists the output "${picked.name}", but ${picked.looked}.`,
        },
      };
  }
}

function errorOf(context: ExecutionContext, event: ExecutionEvent): ExecutionError | undefined {
  switch (event.type) {
    case 'budget.exceeded':
    case 'unfoldable':
      return event.error;
    case 'inconclusive':
      return { code: 'OUTPUT_MISSING', message: event.message };
    case 'timer.fired':
      return {
        code: 'EXECUTION_TIMED_OUT',
        message: `The execution took longer than maxExecutionTime, ${context.world().definition.maxExecutionTimeMs} ms.`,
      };
    default:
      return context.error;
  }
}
