import type { AnyActorRef } from 'xstate';
import type { AgentContext } from './agent.ts';
import type { EvaluationContext } from './evaluation.ts';
import { type ExecutionContext, executionTimerId } from './execution-context.ts';
import { type PhaseContext, phaseTimerId } from './phase-context.ts';
import type { RollbackContext } from './rollback.ts';
import { stepDefinition, timerId } from './step.ts';
import type { WaitContext } from './wait.ts';

/**
 * What an actor's state owes the outside. Owed by the state and not by the transition: it stays owed until a record moves
 * the actor on, and after a restore everything is owed again. Ids are deterministic, so doing one twice is harmless (I1).
 */
export type Effect =
  | {
      readonly kind: 'offer';
      readonly id: string;
      readonly step: string;
      readonly attempt: number;
      readonly role: string;
      readonly priority: number;
    }
  | { readonly kind: 'timer'; readonly id: string; readonly dueAt: number }
  | {
      readonly kind: 'cancel';
      readonly id: string;
      readonly step: string;
      readonly attempt: number;
      readonly fence: number;
      readonly host: string;
      readonly reason: string;
    }
  | { readonly kind: 'evaluate'; readonly id: string; readonly subject: EvaluationSubject };

export type EvaluationSubject =
  | { readonly kind: 'step'; readonly step: string; readonly phase: string }
  | { readonly kind: 'items'; readonly phase: string }
  | { readonly kind: 'outputs'; readonly phase: string }
  | { readonly kind: 'execution-outputs' }
  /** Digests of the artifacts of the checkpoint at this position, as they are now; 0 is the start. */
  | { readonly kind: 'artifacts'; readonly position: number };

/** What the actor owes as long as it stands where it stands. */
export function owedBy(actor: AnyActorRef): readonly Effect[] {
  const snapshot = actor.getSnapshot();
  if (snapshot.status !== 'active') return [];
  switch (actor.src) {
    case 'agent':
      return owedByAgent(snapshot.value, snapshot.context);
    case 'evaluation':
      return snapshot.value === 'evaluating' ? owedByEvaluation(snapshot.context) : [];
    case 'wait':
      return snapshot.value === 'waiting' ? stepTimer(snapshot.context, snapshot.context.firstAttempt) : [];
    case 'phase':
      return owedByPhase(snapshot.value, snapshot.context);
    case 'rollback':
      return snapshot.value === 'measuring' ? owedByRollback(snapshot.context) : [];
    default:
      return owedByExecution(snapshot.value, snapshot.context);
  }
}

/** Id of an evaluation; the record with its result names it. `try` tells a retry's from the one before. */
export const evaluationIds = {
  step: (context: EvaluationContext) => `step/${context.run}/${context.firstAttempt}`,
  items: (context: PhaseContext) => `phase/${context.index}/items/${context.tries}`,
  outputs: (context: PhaseContext) => `phase/${context.index}/outputs/${context.tries}`,
  execution: (context: ExecutionContext) => `execution/outputs/${context.retries}`,
  checkpoint: (position: number) => `execution/artifacts/${position}`,
  rollback: ({ number }: Pick<RollbackContext, 'number'>) => `rollback/${number}/artifacts`,
};

function owedByRollback(context: RollbackContext): readonly Effect[] {
  const position = context.world().ledger.rollbacks[context.number - 1]?.position ?? 0;
  return [
    { kind: 'evaluate', id: evaluationIds.rollback(context), subject: { kind: 'artifacts', position } },
  ];
}

function owedByAgent(state: string, context: AgentContext): readonly Effect[] {
  switch (state) {
    case 'offered':
      return [offerOf(context), ...stepTimer(context, context.attempt)];
    case 'claimed':
    case 'backingOff':
      return stepTimer(context, context.attempt);
    case 'draining':
      return context.claim === undefined ? [] : [cancelOf(context, context.claim)];
    default:
      return [];
  }
}

function offerOf(context: AgentContext): Effect {
  const step = stepDefinition(context);
  return {
    kind: 'offer',
    id: `${context.world().execution}/${context.run}/${context.attempt}`,
    step: context.run,
    attempt: context.attempt,
    role: context.role,
    priority: step.kind === 'agent' ? (step.priority ?? 0) : 0,
  };
}

function cancelOf(context: AgentContext, claim: NonNullable<AgentContext['claim']>): Effect {
  const timedOut = context.thereafter !== 'cancel';
  return {
    kind: 'cancel',
    id: `cancel/${context.run}/${claim.fence}`,
    step: context.run,
    attempt: context.attempt,
    fence: claim.fence,
    host: claim.host,
    reason: timedOut ? 'timeout' : 'cancelled',
  };
}

function stepTimer(
  context: AgentContext | EvaluationContext | WaitContext,
  attempt: number,
): readonly Effect[] {
  const { dueAt } = context;
  return dueAt === undefined ? [] : [{ kind: 'timer', id: timerId(context, attempt, dueAt), dueAt }];
}

function owedByEvaluation(context: EvaluationContext): readonly Effect[] {
  const subject = { kind: 'step', step: context.run, phase: context.phase } as const;
  return [
    { kind: 'evaluate', id: evaluationIds.step(context), subject },
    ...stepTimer(context, context.firstAttempt),
  ];
}

function owedByPhase(state: string, context: PhaseContext): readonly Effect[] {
  const { name, dueAt } = context;
  const timers: readonly Effect[] =
    dueAt === undefined ? [] : [{ kind: 'timer', id: phaseTimerId(context, dueAt), dueAt }];
  switch (state) {
    case 'expanding':
      return [
        { kind: 'evaluate', id: evaluationIds.items(context), subject: { kind: 'items', phase: name } },
        ...timers,
      ];
    case 'concluding':
      return [
        { kind: 'evaluate', id: evaluationIds.outputs(context), subject: { kind: 'outputs', phase: name } },
        ...timers,
      ];
    case 'running':
    case 'backingOff':
      return timers;
    default:
      return [];
  }
}

function owedByExecution(state: string, context: ExecutionContext): readonly Effect[] {
  if (state !== 'running') return [];
  const { dueAt } = context;
  const effects: Effect[] = [];
  if (dueAt !== undefined) effects.push({ kind: 'timer', id: executionTimerId(context, dueAt), dueAt });
  if (context.conclusion === 'evaluate') {
    effects.push({
      kind: 'evaluate',
      id: evaluationIds.execution(context),
      subject: { kind: 'execution-outputs' },
    });
  }
  for (const position of context.measuring ?? []) {
    const id = evaluationIds.checkpoint(position);
    effects.push({ kind: 'evaluate', id, subject: { kind: 'artifacts', position } });
  }
  return effects;
}
