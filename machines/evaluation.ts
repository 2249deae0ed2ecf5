import { assign, sendParent, setup } from 'xstate';
import type { Json } from '../src/json.ts';
import type { StepError } from '../src/ports/agent-request.ts';
import { flat } from './flat.ts';
import { MAX_MICROSTEPS } from './policy.ts';
import {
  attemptOf,
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
 * A step that the owner itself works out: validation, aggregate, or a registered kind. The work is an effect, its result a
 * record, so the fold stays free of expressions over artifacts and of other people's code.
 */

export interface EvaluationContext extends StepIdentity {
  readonly dueAt: number | undefined;
  readonly offeredAt: number;
}

export type EvaluationEvent =
  | { type: 'evaluated'; output: Json }
  | { type: 'unevaluable'; error: StepError }
  | { type: 'completed'; output: Json; by: string }
  | { type: 'timer.fired'; timerId: string }
  | { type: 'shift'; byMs: number }
  | { type: 'cancel' };

const chart = setup({
  types: { context: {} as EvaluationContext, events: {} as EvaluationEvent, input: {} as StepInput },
  guards: {
    isDue: ({ context, event }) => isStepDue(context, context.firstAttempt, event),
  },
  actions: {
    markDirty: ({ context, self }) => {
      context.world().dirty.push(self);
    },
    register: ({ context, self }) => {
      context.world().steps.set(context.run, self);
    },
    setDeadline: assign(({ context }) => {
      const { timeoutMs } = stepDefinition(context);
      return { dueAt: timeoutMs === undefined ? undefined : waitingTime(context.world()) + timeoutMs };
    }),
    shiftDeadline: assign(({ context, event }) => shifted(context, event)),
    keepError: ({ context, event }) => keepError(context, errorOf(context, event)),
    recordSuccess: ({ context, event }) => {
      if (event.type === 'evaluated')
        endStep(context, { ...attemptOf(context), status: 'succeeded', output: event.output });
      if (event.type === 'completed') {
        const { output, by } = event;
        endStep(context, { ...attemptOf(context), status: 'succeeded', output, by });
      }
    },
    recordFailure: ({ context }) =>
      endStep(context, { ...attemptOf(context), status: 'failed', error: lastError(context) }),
    recordCancel: ({ context }) => endStep(context, { ...attemptOf(context), status: 'cancelled' }),
    tellPhase: sendParent(({ context }: { context: EvaluationContext }) => ({
      type: 'step.ended',
      slot: context.slot,
      run: context.run,
    })),
  },
}).createMachine({
  id: 'evaluation',
  options: { maxIterations: MAX_MICROSTEPS },
  context: ({ input }) => ({ ...input, dueAt: undefined, offeredAt: input.world().now }),
  initial: 'evaluating',
  entry: 'register',
  states: {
    evaluating: {
      entry: ['setDeadline', 'markDirty'],
      on: {
        evaluated: 'succeeded',
        completed: 'succeeded',
        unevaluable: { target: 'failed', actions: 'keepError' },
        'timer.fired': { guard: 'isDue', target: 'failed', actions: 'keepError' },
        shift: { actions: ['shiftDeadline', 'markDirty'] },
        cancel: 'cancelled',
      },
    },
    succeeded: { tags: 'ended', entry: ['recordSuccess', 'tellPhase'] },
    failed: { tags: 'ended', entry: ['recordFailure', 'tellPhase'] },
    cancelled: { tags: 'ended', entry: ['recordCancel', 'tellPhase'] },
  },
});

export const evaluationMachine = flat(chart);

function errorOf(context: EvaluationContext, event: EvaluationEvent): StepError {
  if (event.type === 'unevaluable') return event.error;
  return {
    class: 'timeout',
    message: `The step took longer than its timeout of ${stepDefinition(context).timeoutMs} ms.`,
  };
}
