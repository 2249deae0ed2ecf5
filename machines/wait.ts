import { assign, sendParent, setup } from 'xstate';
import type { Json } from '../src/json.ts';
import { flat } from './flat.ts';
import { MAX_MICROSTEPS } from './policy.ts';
import {
  attemptOf,
  endStep,
  isStepDue,
  type StepIdentity,
  type StepInput,
  shifted,
  stepDefinition,
} from './step.ts';
import { waitingTime } from './world.ts';

/** A step that waits for a signal by name. One that came before the wait began is taken at once. */

export interface WaitContext extends StepIdentity {
  readonly signal: string;
  readonly dueAt: number | undefined;
  readonly payload: Json | undefined;
  readonly offeredAt: number;
}

export type WaitEvent =
  | { type: 'signalled'; name: string; payload: Json }
  | { type: 'completed'; output: Json; by: string }
  | { type: 'timer.fired'; timerId: string }
  | { type: 'shift'; byMs: number }
  | { type: 'cancel' };

const chart = setup({
  types: { context: {} as WaitContext, events: {} as WaitEvent, input: {} as StepInput },
  guards: {
    isExpected: ({ context, event }) =>
      event.type === 'signalled' && event.name === context.signal && fits(context, event.payload),
    cameEarly: ({ context }) => context.payload !== undefined,
    isDue: ({ context, event }) => isStepDue(context, context.firstAttempt, event),
  },
  actions: {
    markDirty: ({ context, self }) => {
      context.world().dirty.push(self);
    },
    register: ({ context, self }) => {
      context.world().steps.set(context.run, self);
    },
    begin: assign(({ context }) => {
      const { timeoutMs } = stepDefinition(context);
      const world = context.world();
      const early = world.ledger.takeSignal(context.signal, (payload) => fits(context, payload));
      return {
        dueAt: timeoutMs === undefined ? undefined : waitingTime(world) + timeoutMs,
        payload: early?.payload,
      };
    }),
    keepPayload: assign(({ event }) => (event.type === 'signalled' ? { payload: event.payload } : {})),
    shiftDeadline: assign(({ context, event }) => shifted(context, event)),
    recordSuccess: ({ context, event }) =>
      endStep(context, {
        ...attemptOf(context),
        status: 'succeeded',
        ...(event.type === 'completed'
          ? { output: event.output, by: event.by }
          : { output: context.payload ?? null }),
      }),
    recordFailure: ({ context }) =>
      endStep(context, {
        ...attemptOf(context),
        status: 'failed',
        error: {
          class: 'timeout',
          message: `No signal "${context.signal}" came within ${stepDefinition(context).timeoutMs} ms.`,
        },
      }),
    recordCancel: ({ context }) => endStep(context, { ...attemptOf(context), status: 'cancelled' }),
    tellPhase: sendParent(({ context }: { context: WaitContext }) => ({
      type: 'step.ended',
      slot: context.slot,
      run: context.run,
    })),
  },
}).createMachine({
  id: 'wait',
  options: { maxIterations: MAX_MICROSTEPS },
  context: ({ input }) => ({
    ...input,
    signal: signalOf(input),
    dueAt: undefined,
    payload: undefined,
    offeredAt: input.world().now,
  }),
  initial: 'waiting',
  entry: 'register',
  states: {
    waiting: {
      entry: ['begin', 'markDirty'],
      always: { guard: 'cameEarly', target: 'succeeded' },
      on: {
        completed: 'succeeded',
        signalled: { guard: 'isExpected', target: 'succeeded', actions: 'keepPayload' },
        'timer.fired': { guard: 'isDue', target: 'failed' },
        shift: { actions: ['shiftDeadline', 'markDirty'] },
        cancel: 'cancelled',
      },
    },
    succeeded: { tags: 'ended', entry: ['recordSuccess', 'tellPhase'] },
    failed: { tags: 'ended', entry: ['recordFailure', 'tellPhase'] },
    cancelled: { tags: 'ended', entry: ['recordCancel', 'tellPhase'] },
  },
});

export const waitMachine = flat(chart);

function waitStep(context: StepIdentity) {
  const step = stepDefinition(context);
  if (step.kind !== 'wait') throw new Error(`Step ${context.step} is a ${step.kind} step, not a wait`);
  return step;
}

function signalOf(input: StepInput): string {
  return waitStep(input).signal;
}

function fits(context: StepIdentity, payload: Json): boolean {
  const { schema } = waitStep(context);
  return schema === undefined || context.world().rules.misfits(schema, payload).length === 0;
}
