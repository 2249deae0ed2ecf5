import { type AnyActorRef, assign, enqueueActions, sendParent, setup, stopChild } from 'xstate';
import type { Json } from '../src/json.ts';
import { type AgentInput, agentMachine } from './agent.ts';
import { evaluationMachine } from './evaluation.ts';
import type { ExecutionError, PhaseEnd, StepResult } from './ledger.ts';
import { pickPhaseOutputs } from './outputs.ts';
import { backoffMs, DEFAULT_STEP_WINDOW, phaseRetryOf, requiredSuccesses } from './policy.ts';
import { type Program, type ProgramEntry, programOf } from './program.ts';
import { scopeOf } from './scope.ts';
import type { StepInput } from './step.ts';
import { waitMachine } from './wait.ts';
import { phaseOf, type WorldRef, waitingTime } from './world.ts';

/**
 * One phase: decides whether it runs, walks its program through a window of live step actors, and gathers its outputs.
 *
 * 1. At most `window` steps live at once, each in a slot with a fixed id; the actor of a slot takes the next step when its own
 *    has ended, so a record costs the same in a phase of ten thousand steps as in one of ten.
 * 2. A barrier starts when nothing above it lives, and nothing below it starts before it ended.
 * 3. A retry runs the steps that did not succeed; what succeeded is not run again.
 */

export interface PhaseContext {
  readonly world: WorldRef;
  readonly name: string;
  /** Place in the definition; names the phase in timers and evaluations. */
  readonly index: number;
  readonly startedAt: number | undefined;
  /** Absolute deadline: of the phase while it works, of the backoff while it waits to try again. */
  readonly dueAt: number | undefined;
  /** Tries so far, the present one included. */
  readonly tries: number;
  readonly decision: 'run' | 'skip' | 'error' | undefined;
  /** Next place in the program. */
  readonly cursor: number;
  readonly live: number;
  /** Slots that were used and are free again; beside these, all from `usedSlots` on are free. */
  readonly freeSlots: readonly number[];
  readonly usedSlots: number;
  /** A barrier is at work. */
  readonly atBarrier: boolean;
  readonly succeeded: number;
  readonly failed: number;
  readonly error: ExecutionError | undefined;
  /** The failure ends the execution whatever `onFailure` says, and is not retried: a failed validation. */
  readonly isFinal: boolean;
  readonly conclusion: 'done' | 'missing' | 'evaluate' | undefined;
}

export type PhaseEvent =
  | { type: 'admit' }
  | { type: 'expanded'; items: readonly Json[]; roles: { readonly [step: string]: readonly string[] } }
  | { type: 'unexpandable'; message: string }
  | { type: 'concluded'; outputs: { readonly [name: string]: Json | undefined } }
  | { type: 'inconclusive'; message: string }
  | { type: 'step.ended'; slot: number; run: string }
  | { type: 'timer.fired'; timerId: string }
  | { type: 'shift'; byMs: number }
  | { type: 'cancel' };

export interface PhaseInput {
  readonly world: WorldRef;
  readonly name: string;
  readonly index: number;
}

const machine = setup({
  types: { context: {} as PhaseContext, events: {} as PhaseEvent, input: {} as PhaseInput },
  actors: { agent: agentMachine, evaluation: evaluationMachine, wait: waitMachine },
  guards: {
    neverBegan: ({ context }) => context.decision === undefined,
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
      !context.isFinal && context.tries < phaseRetryOf(phaseOf(context.world(), context.name)).maxAttempts,
    isConcluded: ({ context }) => context.conclusion === 'done',
    isUndone: ({ context }) => context.conclusion === 'evaluate',
    /**
     * Drained, with no wait left. Asked at that moment only: `always` is looked at after every event, and one that asked for the
     * time in a state that lasts would let any stray record move the phase on.
     */
    mayGoOn: ({ context }) =>
      context.live === 0 && (context.dueAt === undefined || waitingTime(context.world()) >= context.dueAt),
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
      if (begun.dueAt !== undefined) context.world().dirty.push(self);
      return { ...begun, ...conclude({ ...begun, ...fill(begun, spawner(begun, spawn, self)) }) };
    }),
    /** Takes the end of a step, starts what may start now, and gathers the outputs when that was all. */
    proceed: assign(({ context, event, spawn, self }) => {
      const settled = { ...context, ...settle(context, event) };
      return conclude({ ...settled, ...fill(settled, spawner(settled, spawn, self)) });
    }),
    restart: assign({
      cursor: 0,
      failed: 0,
      error: undefined,
      isFinal: false,
      atBarrier: false,
      conclusion: undefined,
    }),
    countTry: assign(({ context }) => ({ tries: context.tries + 1 })),
    forgetDeadline: assign({ dueAt: undefined }),
    waitBackoff: assign(({ context }) => ({ dueAt: backoffUntil(context) })),
    keepItems: ({ context, event }) => {
      if (event.type !== 'expanded') return;
      const produce = context.world().ledger.phase(context.name);
      produce.items = event.items;
      produce.roles = event.roles;
    },
    settle: assign(({ context, event }) => settle(context, event)),
    /**
     * Hands the next steps to slots whose actors are free. An assignment of nothing and not a plain action: in a plain one XState
     * takes the actors that these spawn in their turn for a mistake, and warns.
     */
    handOver: assign(({ context }) => {
      const { begins } = context.world();
      for (const { actor, input } of begins.splice(0)) actor.send({ type: 'begin', ...input });
      return {};
    }),
    stopStep: stopChild(({ event }) => (event.type === 'step.ended' ? evaluationId(event.slot) : '')),
    cancelSteps: enqueueActions(({ enqueue, self }) => {
      for (const step of liveSteps(self)) enqueue.sendTo(step, { type: 'cancel' });
    }),
    shiftSteps: enqueueActions(({ enqueue, self, event }) => {
      for (const step of liveSteps(self)) enqueue.sendTo(step, event as never);
    }),
    shiftDeadline: assign(({ context, event }) =>
      event.type === 'shift' && context.dueAt !== undefined ? { dueAt: context.dueAt + event.byMs } : {},
    ),
    keepTimeout: assign(({ context }) => ({
      error: {
        code: 'PHASE_TIMED_OUT',
        message: `Phase ${context.name} took longer than its timeout of ${phaseOf(context.world(), context.name).timeoutMs} ms.`,
        phase: context.name,
      },
    })),
    keepReason: assign(({ context, event }) => {
      if (event.type !== 'unexpandable' && event.type !== 'inconclusive') return {};
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
/** Steps that still drain after the phase ended give their slots back. */
const lateEnd = [{ guard: 'isAgentStep', actions: 'settle' }, { actions: ['stopStep', 'settle'] }] as const;

export const phaseMachine = machine.createMachine({
  id: 'phase',
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
  }),
  initial: 'waiting',
  states: {
    waiting: { on: { admit: 'deciding', cancel: 'cancelled' } },
    deciding: {
      entry: 'decide',
      always: [
        { guard: 'isSkipped', target: 'skipped' },
        { guard: 'isUndecidable', target: 'failing' },
        { guard: 'needsItems', target: 'expanding', actions: 'begin' },
        { target: 'running', actions: ['start', 'handOver'] },
      ],
    },
    expanding: {
      entry: 'markDirty',
      on: {
        expanded: { target: 'running', actions: ['keepItems', 'proceed', 'handOver'] },
        unexpandable: { target: 'failing', actions: 'keepReason' },
        'timer.fired': timeUp,
        shift,
        cancel: { target: 'cancelled', actions: 'cancelSteps' },
      },
    },
    running: {
      always: [
        { guard: 'isConcluded', target: 'completed' },
        { guard: 'hasFailed', target: 'failing', actions: 'cancelSteps' },
        { guard: 'isUndone', target: 'concluding' },
      ],
      on: {
        'step.ended': [
          { guard: 'isAgentStep', actions: ['proceed', 'handOver'] },
          { actions: ['stopStep', 'proceed', 'handOver'] },
        ],
        'timer.fired': timeUp,
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
    },
    failed: {
      tags: 'ended',
      entry: [{ type: 'sumUp', params: { status: 'failed' } }, 'tellExecution'],
      on: { 'step.ended': lateEnd, admit: { target: 'draining', actions: 'forgetDeadline' } },
    },
    skipped: { tags: 'ended', entry: [{ type: 'sumUp', params: { status: 'skipped' } }, 'tellExecution'] },
    cancelled: {
      tags: 'ended',
      entry: [{ type: 'sumUp', params: { status: 'cancelled' } }, 'tellExecution'],
      on: {
        'step.ended': lateEnd,
        admit: [
          { guard: 'neverBegan', target: 'deciding' },
          { target: 'draining', actions: 'forgetDeadline' },
        ],
      },
    },
  },
});

export function phaseTimerId(context: Pick<PhaseContext, 'index' | 'tries'>, dueAt: number): string {
  return `phase/${context.index}/${context.tries}/${dueAt}`;
}

function program(context: PhaseContext): Program {
  const world = context.world();
  return programOf(phaseOf(world, context.name), world.ledger.phases.get(context.name)?.items?.length);
}

function windowOf(context: PhaseContext): number {
  return context.world().definition.concurrency.steps ?? DEFAULT_STEP_WINDOW;
}

/** `when` is asked once: a retry goes on with the answer. */
function decide(context: PhaseContext): Partial<PhaseContext> {
  if (context.decision === 'run') return {};
  const world = context.world();
  const phase = phaseOf(world, context.name);
  if (phase.when === undefined) return { decision: 'run' };
  try {
    return { decision: world.rules.evaluate(phase.when, scopeOf(world, phase)) === true ? 'run' : 'skip' };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return {
      decision: 'error',
      isFinal: true,
      error: {
        code: 'PHASE_FAILED',
        message: `when: ${phase.when} cannot be evaluated: ${reason}`,
        phase: context.name,
      },
    };
  }
}

function begin(context: PhaseContext): Partial<PhaseContext> {
  const world = context.world();
  const { timeoutMs } = phaseOf(world, context.name);
  return {
    startedAt: context.startedAt ?? world.now,
    dueAt: timeoutMs === undefined ? undefined : waitingTime(world) + timeoutMs,
  };
}

/** Spawns a step's actor into a slot. */
function spawner(context: PhaseContext, spawn: PhaseSpawner, self: AnyActorRef): Spawn {
  const world = context.world();
  const { results } = world.ledger.phase(context.name);
  // While the phase is being created there is neither a snapshot to read nor a slot that was used.
  const present = context.usedSlots === 0 ? {} : childrenOf(self);
  return (src, slot, entry, role) => {
    const input = {
      world: context.world,
      phase: context.name,
      step: entry.step.id,
      run: entry.run,
      index: entry.index,
      item: entry.item,
      slot,
      firstAttempt: (results.get(entry.run)?.lastAttempt ?? 0) + 1,
    };
    if (src !== 'agent') {
      spawn(src, { id: evaluationId(slot), input });
      return;
    }
    const id = `slot-${slot}`;
    const actor = present[id];
    if (actor === undefined) spawn('agent', { id, input: { ...input, role } });
    else world.begins.push({ actor, input: { ...input, role } });
  };
}

/** In the order of their slots: that of the children is another one after a restore, and the steps end in this order. */
function liveSteps(phase: AnyActorRef): readonly AnyActorRef[] {
  const { children } = phase.getSnapshot() as { children: { readonly [id: string]: AnyActorRef } };
  return Object.values(children)
    .filter((child) => !child.getSnapshot().hasTag('ended'))
    .sort((a, b) => a.getSnapshot().context.slot - b.getSnapshot().context.slot);
}

function childrenOf(actor: AnyActorRef): { readonly [id: string]: AnyActorRef } {
  return (actor.getSnapshot() as { children: { readonly [id: string]: AnyActorRef } }).children;
}

/** Steps that the owner works out and waits have actors of their own, stopped when they end. */
function evaluationId(slot: number): string {
  return `evaluation-${slot}`;
}

interface PhaseSpawner {
  (src: 'agent', options: { id: string; input: AgentInput }): unknown;
  (src: 'evaluation' | 'wait', options: { id: string; input: StepInput }): unknown;
}

type Spawn = (src: 'agent' | 'evaluation' | 'wait', slot: number, entry: ProgramEntry, role: string) => void;

/** Starts what may start now. */
function fill(context: PhaseContext, spawn: Spawn): Partial<PhaseContext> {
  if (context.error !== undefined || context.atBarrier) return {};
  const world = context.world();
  const phase = phaseOf(world, context.name);
  const { results } = world.ledger.phase(context.name);
  const steps = program(context);
  const freeSlots = [...context.freeSlots];
  const window = windowOf(context);
  let { cursor, live, usedSlots } = context;
  let atBarrier: boolean = context.atBarrier;
  while (cursor < steps.length && live < window && !atBarrier) {
    const entry = steps.at(cursor);
    if (isDone(results.get(entry.run))) {
      cursor += 1;
      continue;
    }
    if (live > 0 && (entry.barrier || !phase.parallel)) break;
    if (entry.barrier || !phase.parallel) {
      const shortfall = needOf(context);
      if (shortfall !== undefined) return { cursor, live, freeSlots, usedSlots, error: shortfall };
    }
    const slot = freeSlots.pop() ?? usedSlots++;
    spawn(actorFor(entry.step.kind), slot, entry, roleOf(context, entry));
    atBarrier = entry.barrier;
    live += 1;
    cursor += 1;
  }
  if (cursor >= steps.length && live === 0) {
    const shortfall = needOf(context);
    if (shortfall !== undefined) return { cursor, live, freeSlots, usedSlots, error: shortfall };
  }
  return { cursor, live, freeSlots, usedSlots, atBarrier };
}

/** Of a validation: the expression and the values it saw. */
function withDetails(context: PhaseContext, error: ExecutionError): ExecutionError {
  const results = context.world().ledger.phase(context.name).results;
  const details = error.step === undefined ? undefined : results.get(error.step)?.error?.details;
  return details === undefined ? error : { ...error, details };
}

/** On a retry, work that succeeded stays; what was worked out from it is worked out again. */
function isDone(result: StepResult | undefined): boolean {
  return result?.status === 'succeeded' && result.kind !== 'aggregate' && result.kind !== 'validation';
}

function actorFor(kind: string): 'agent' | 'evaluation' | 'wait' {
  if (kind === 'agent') return 'agent';
  return kind === 'wait' ? 'wait' : 'evaluation';
}

function roleOf(context: PhaseContext, { step, item }: ProgramEntry): string {
  if (step.kind !== 'agent') return '';
  const roles = context.world().ledger.phases.get(context.name)?.roles?.[step.id];
  return item === undefined ? step.agent : (roles?.[item] ?? step.agent);
}

/** The failure, when the steps that succeeded and those still to come cannot reach what the phase needs. */
function needOf(context: PhaseContext): ExecutionError | undefined {
  const world = context.world();
  const phase = phaseOf(world, context.name);
  const total = program(context).agentSteps;
  const required = requiredSuccesses(phase, total);
  if (total - context.failed >= required) return undefined;
  const failures = [...world.ledger.phase(context.name).results.values()].filter(
    (result) => result.status === 'failed' && result.kind === 'agent',
  );
  const reasons = failures
    .slice(0, 3)
    .map((result) => `${result.step}: ${result.error?.message ?? 'failed'}`);
  return {
    code: 'PHASE_FAILED',
    message: `Phase ${context.name} needs ${required} of ${total} agent steps to succeed, and ${context.failed} failed (${reasons.join('; ')}${failures.length > 3 ? '; …' : ''}).`,
    phase: context.name,
    step: failures[0]?.step,
  };
}

function settle(context: PhaseContext, event: PhaseEvent): Partial<PhaseContext> {
  if (event.type !== 'step.ended') return {};
  const result = context.world().ledger.phase(context.name).results.get(event.run);
  const freed = {
    live: context.live - 1,
    freeSlots: [...context.freeSlots, event.slot],
    atBarrier: false,
  } satisfies Partial<PhaseContext>;
  if (result === undefined || result.status === 'cancelled') return freed;
  if (result.kind === 'agent') {
    return result.status === 'succeeded'
      ? { ...freed, succeeded: context.succeeded + 1 }
      : { ...freed, failed: context.failed + 1 };
  }
  if (result.status === 'succeeded' || context.error !== undefined) return freed;
  const isValidation = result.kind === 'validation';
  // The details stay in the ledger: they hold what agents said.
  return {
    ...freed,
    isFinal: isValidation,
    error: {
      code: isValidation ? 'VALIDATION_FAILED' : 'PHASE_FAILED',
      message: result.error?.message ?? `Step ${result.step} failed.`,
      phase: context.name,
      step: result.step,
    },
  };
}

/** The context, with the outputs gathered when the program has run to its end. */
function conclude(context: PhaseContext): PhaseContext {
  if (context.error !== undefined || context.live > 0 || context.cursor < program(context).length)
    return context;
  const world = context.world();
  const picked = pickPhaseOutputs(world.ledger, phaseOf(world, context.name));
  switch (picked.kind) {
    case 'picked':
      world.ledger.phase(context.name).outputs = picked.outputs;
      return { ...context, conclusion: 'done' };
    case 'evaluate':
      return { ...context, conclusion: 'evaluate' };
    case 'missing':
      return {
        ...context,
        conclusion: 'missing',
        error: {
          code: 'PHASE_FAILED',
          message: `Phase ${context.name} lists the output "${picked.name}", but ${picked.looked}.`,
          phase: context.name,
        },
      };
  }
}

function backoffUntil(context: PhaseContext): number {
  const world = context.world();
  const policy = phaseRetryOf(phaseOf(world, context.name));
  return waitingTime(world) + backoffMs(policy, context.tries, `${world.execution}/phase/${context.index}`);
}
