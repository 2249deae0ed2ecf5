import { assign, sendParent, sendTo, setup, stopChild } from 'xstate';
import { agentMachine } from './agent.ts';
import type { AgentInput } from './agent-context.ts';
import {
  type ApprovalEnded,
  type ApprovalInput,
  approvalMachine,
  approvalRunOf,
  asPlainText,
} from './approval.ts';
import { flat } from './flat.ts';
import type { Measured, Rollback, Undoing } from './ledger.ts';
import { MAX_MICROSTEPS } from './policy.ts';
import { comparison, planOf } from './rollback-plan.ts';
import { stepOf, type World, type WorldRef } from './world.ts';

/**
 * One rollback: waits until nothing is claimed any more, runs the compensations one after another, and has the artifacts compared
 * with those of the checkpoint.
 *
 * 1. The plan is made when all is drained, and not before: an outcome that came too late makes its step uncertain (I5).
 * 2. A compensation that ended well is never run again: its deed is forgotten in the same record (I5).
 * 3. A compensation that failed is skipped when the file says so, or people do; what they are asked is about that one alone.
 * 4. What became of it is in the ledger; the context holds only how far it is.
 */

export interface RollbackContext {
  readonly world: WorldRef;
  /** Place in `ledger.rollbacks`, from 1. */
  readonly number: number;
  /** Place in the plan of what is being undone. */
  readonly cursor: number;
}

export interface RollbackInput {
  readonly world: WorldRef;
  readonly number: number;
}

export type RollbackEvent =
  | { type: 'drained' }
  | { type: 'step.ended'; slot: number; run: string }
  | ApprovalEnded
  | { type: 'measured'; result: Measured }
  | { type: 'shift'; byMs: number }
  | { type: 'cancel' };

const chart = setup({
  types: { context: {} as RollbackContext, events: {} as RollbackEvent, input: {} as RollbackInput },
  actors: { agent: agentMachine, approval: approvalMachine },
  guards: {
    isUndone: ({ context }) => present(context) === undefined,
    isMeasured: ({ context }) => mustMeasure(context.world(), rollbackOf(context)),
    mustAsk: ({ context }) => mustAsk(context),
    hasFailed: ({ context }) => present(context)?.status === 'failed',
  },
  actions: {
    markDirty: ({ context, self }) => {
      context.world().dirty.push(self);
    },
    plan: ({ context }) => {
      const { ledger } = context.world();
      ledger.changeRollback(context.number, { plan: planOf(context.world(), rollbackOf(context)) });
    },
    compensate: assign(({ context, spawn }) => {
      const undoing = present(context);
      if (undoing !== undefined) spawn('agent', compensationOf(context, undoing));
      return {};
    }),
    stopCompensation: stopChild(({ context }) => compensationId(context.cursor)),
    note: ({ context }) => note(context),
    ask: assign(({ context, spawn }) => {
      spawn('approval', { id: 'approval', input: questionOf(context) });
      return {};
    }),
    takeAnswer: ({ context, event }) => {
      if (event.type === 'approval.ended') takeAnswer(context, event);
    },
    stopAsking: stopChild('approval'),
    forgetQuestion: ({ context }) => {
      const { steps, ledger } = context.world();
      const run = approvalRunOf(present(context)?.run ?? '');
      steps.delete(run);
      ledger.approvals.delete(run);
    },
    next: assign(({ context }) => ({ cursor: context.cursor + 1 })),
    compare: ({ context, event }) => {
      if (event.type !== 'measured') return;
      const { ledger } = context.world();
      const { position } = rollbackOf(context);
      ledger.changeRollback(context.number, comparison(ledger.measures.get(position), event.result));
    },
    shiftCompensation: sendTo(
      ({ context }) => compensationId(context.cursor),
      ({ event }) => event,
    ),
    cancelCompensation: sendTo(({ context }) => compensationId(context.cursor), { type: 'cancel' }),
    tellExecution: sendParent(
      (
        { context }: { context: RollbackContext },
        { outcome }: { outcome: NonNullable<Rollback['outcome']> },
      ) => ({
        type: 'rollback.ended',
        number: context.number,
        outcome,
      }),
    ),
  },
}).createMachine({
  id: 'rollback',
  options: { maxIterations: MAX_MICROSTEPS },
  context: ({ input }) => ({ ...input, cursor: 0 }),
  initial: 'draining',
  states: {
    draining: {
      entry: 'markDirty',
      on: { drained: { target: 'deciding', actions: 'plan' }, cancel: 'aborted' },
    },
    deciding: {
      always: [
        { guard: 'isUndone', target: 'comparing' },
        { target: 'compensating', actions: 'compensate' },
      ],
    },
    compensating: {
      entry: 'markDirty',
      on: {
        'step.ended': { target: 'settling', actions: ['note', 'stopCompensation'] },
        shift: { actions: 'shiftCompensation' },
        cancel: { target: 'stopping', actions: 'cancelCompensation' },
      },
    },
    settling: {
      always: [
        { guard: 'mustAsk', target: 'asking', actions: 'ask' },
        { guard: 'hasFailed', target: 'failed' },
        { target: 'deciding', actions: 'next' },
      ],
    },
    /** A compensation has failed; people say whether to go on without it. */
    asking: {
      entry: 'markDirty',
      on: {
        'approval.ended': { target: 'settling', actions: ['takeAnswer', 'stopAsking'] },
        cancel: { target: 'aborted', actions: ['stopAsking', 'forgetQuestion'] },
      },
    },
    comparing: {
      always: [{ guard: 'isMeasured', target: 'measuring' }, { target: 'undone' }],
    },
    measuring: {
      entry: 'markDirty',
      on: { measured: { target: 'undone', actions: 'compare' }, cancel: 'aborted' },
    },
    /** Aborted while a compensation was out: it drains, and is run again by the next rollback. */
    stopping: {
      on: { 'step.ended': { target: 'aborted', actions: ['note', 'stopCompensation'] } },
    },
    undone: { tags: 'ended', entry: { type: 'tellExecution', params: { outcome: 'undone' } } },
    failed: { tags: 'ended', entry: { type: 'tellExecution', params: { outcome: 'failed' } } },
    aborted: { tags: 'ended', entry: { type: 'tellExecution', params: { outcome: 'aborted' } } },
  },
});

export const rollbackMachine = flat(chart);

export function rollbackId(number: number): string {
  return `rollback-${number}`;
}

/** One step alone is undone in the midst of others, so there is nothing to compare with. */
function mustMeasure({ ledger }: World, { position, step }: Rollback): boolean {
  return step === undefined && ledger.measures.has(position);
}

function compensationId(cursor: number): string {
  return `compensation-${cursor}`;
}

function rollbackOf({ world, number }: RollbackContext): Rollback {
  const rollback = world().ledger.rollbacks[number - 1];
  if (rollback === undefined) throw new Error(`No rollback ${number}`);
  return rollback;
}

/** What is being undone, or is next. */
function present(context: RollbackContext): Undoing | undefined {
  return rollbackOf(context).plan?.[context.cursor];
}

/** A compensation that was begun before goes on counting its attempts, under the key that it had. */
function compensationOf(
  context: RollbackContext,
  { step: run, run: own }: Undoing,
): { id: string; input: AgentInput } {
  const world = context.world();
  const { ledger } = world;
  const deed = ledger.deeds.get(run);
  const step = deed === undefined ? undefined : stepOf(world, deed.step);
  if (deed === undefined || step?.kind !== 'agent' || step.compensate === undefined)
    throw new Error(`Nothing is known that would undo ${run}`);
  const { agent, id } = step.compensate;
  return {
    id: compensationId(context.cursor),
    input: {
      world: context.world,
      phase: deed.phase,
      step: id,
      run: own,
      index: deed.index,
      item: deed.item,
      slot: 0,
      firstAttempt: (ledger.compensations.get(own)?.lastAttempt ?? 0) + 1,
      partOf: 'rollback',
      role: agent,
    },
  };
}

/** Writes down what became of the compensation that ended. */
function note(context: RollbackContext): void {
  const { ledger, definition, now } = context.world();
  const { plan = [] } = rollbackOf(context);
  const undoing = plan[context.cursor];
  const result = undoing && ledger.compensations.get(undoing.run);
  if (undoing === undefined || result === undefined || result.status === 'cancelled') return;
  const skips = definition.rollback?.onFailure === 'skip';
  const status = result.status === 'succeeded' ? 'compensated' : skips ? 'skipped' : 'failed';
  const error = result.error?.message;
  const noted = { ...undoing, status, ...(error === undefined ? {} : { error }), endedAt: now } as const;
  ledger.changeRollback(context.number, { plan: plan.with(context.cursor, noted) });
  const deed = ledger.deeds.get(undoing.step);
  if (status === 'failed' || deed === undefined) return;
  ledger.forgetDeed(deed);
  const results = ledger.phases.get(deed.phase)?.results;
  const undone = results?.get(deed.run);
  if (status === 'compensated' && undone?.status === 'succeeded')
    results?.set(deed.run, { ...undone, status: 'undone' });
}

function mustAsk(context: RollbackContext): boolean {
  const { status, decision } = present(context) ?? {};
  return (
    status === 'failed' &&
    decision === undefined &&
    typeof context.world().definition.rollback?.onFailure === 'object'
  );
}

function questionOf(context: RollbackContext): ApprovalInput {
  const { ledger, definition } = context.world();
  const undoing = present(context);
  const deed = ledger.deeds.get(undoing?.step ?? '');
  const onFailure = definition.rollback?.onFailure;
  if (undoing === undefined || deed === undefined || typeof onFailure !== 'object')
    throw new Error('There is nothing to ask');
  const { step, run, error } = undoing;
  const question = `${step} could not be undone: ${error ?? 'its compensation failed'}. Leave it, and go on with the rest?`;
  const { phase, index, item } = deed;
  return {
    world: context.world,
    phase,
    step: deed.step,
    run: approvalRunOf(run),
    index,
    item,
    slot: 0,
    firstAttempt: ledger.compensations.get(run)?.lastAttempt ?? 1,
    ask: { ...onFailure.approval, question: asPlainText(question) },
  };
}

/** Where nobody decided in time nobody said yes. */
function takeAnswer(context: RollbackContext, { run, verdict }: ApprovalEnded): void {
  const { ledger, now } = context.world();
  const { plan = [] } = rollbackOf(context);
  const undoing = plan[context.cursor];
  if (undoing === undefined) return;
  const decision = ledger.approvals.get(run)?.decision ?? { approved: false, at: now };
  ledger.approvals.delete(run);
  const isSkipped = verdict === 'approved';
  const answered = {
    ...undoing,
    decision,
    ...(isSkipped ? { status: 'skipped' as const, endedAt: now } : {}),
  };
  ledger.changeRollback(context.number, { plan: plan.with(context.cursor, answered) });
  const deed = ledger.deeds.get(undoing.step);
  if (isSkipped && deed !== undefined) ledger.forgetDeed(deed);
}
