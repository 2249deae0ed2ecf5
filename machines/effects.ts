import type { AnyActorRef } from 'xstate';
import type { AgentContext } from './agent-context.ts';
import { type ApprovalContext, type ApprovalTimer, approvalTimerId } from './approval.ts';
import type { ConsensusContext } from './consensus.ts';
import type { EvaluationContext } from './evaluation.ts';
import { type ExecutionContext, executionTimerId } from './execution-context.ts';
import { limitDueAt, limitsOf } from './limits.ts';
import type { Notice } from './notices.ts';
import { limitTimerId, type PhaseContext, phaseTimerId } from './phase-context.ts';
import type { RollbackContext } from './rollback.ts';
import { stepDefinition, timerId } from './step.ts';
import type { WaitContext } from './wait.ts';
import { phaseOf } from './world.ts';

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
  | { readonly kind: 'evaluate'; readonly id: string; readonly subject: EvaluationSubject }
  /** People are to be told. Owed by the fold itself, as the next. */
  | { readonly kind: 'notify'; readonly id: string; readonly notice: Notice; readonly at: number }
  /** All records after `after` and up to `upTo` are to be sealed. Owed by the fold itself and not by an actor. */
  | { readonly kind: 'seal'; readonly id: string; readonly after: number; readonly upTo: number };

export type EvaluationSubject =
  | { readonly kind: 'step'; readonly step: string; readonly phase: string }
  | { readonly kind: 'approval'; readonly step: string; readonly phase: string }
  | { readonly kind: 'approved-files'; readonly phase: string }
  /** What a poll is about: when it opens and, where it has a subject, when it has closed. */
  | { readonly kind: 'poll'; readonly step: string; readonly phase: string; readonly part: 'open' | 'check' }
  | { readonly kind: 'items'; readonly phase: string }
  | { readonly kind: 'outputs'; readonly phase: string }
  | { readonly kind: 'execution-outputs' }
  /** Digests of the artifacts of the checkpoint at this position, as they are now; 0 is the start. */
  | { readonly kind: 'artifacts'; readonly position: number };

/** Why a host is spoken to whose sealed vote is to be opened: it goes the way of a cancel, see src/ports/claim-desk.ts. */
const REVEAL = 'reveal';

/** What the actor owes as long as it stands where it stands. */
export function owedBy(actor: AnyActorRef): readonly Effect[] {
  const snapshot = actor.getSnapshot();
  if (snapshot.status !== 'active') return [];
  switch (actor.src) {
    case 'agent':
      return owedByAgent(snapshot.value, snapshot.context);
    case 'evaluation':
      return snapshot.value === 'evaluating' ? owedByEvaluation(snapshot.context) : [];
    case 'consensus':
      return owedByConsensus(snapshot.value, snapshot.context);
    case 'wait':
      return snapshot.value === 'waiting' ? stepTimer(snapshot.context, snapshot.context.firstAttempt) : [];
    case 'approval':
      return owedByApproval(snapshot.value, snapshot.context);
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
  approval: (context: ApprovalContext) => `step/${context.run}/${context.firstAttempt}/look/${context.looks}`,
  approvedFiles: (context: PhaseContext) => `phase/${context.index}/approved/${context.tries}`,
  /** A round that could not be opened has its number again in the phase's next try. */
  poll: ({ run, firstAttempt, round }: ConsensusContext, part: 'open' | 'check') =>
    `step/${run}/${firstAttempt}/${round}/${part}`,
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
    case 'revealing':
      return context.claim === undefined ? [] : [cancelOf(state, context, context.claim)];
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

function cancelOf(state: string, context: AgentContext, claim: NonNullable<AgentContext['claim']>): Effect {
  const isReveal = state === 'revealing';
  const timedOut = context.thereafter === 'retry' || context.thereafter === 'fail';
  return {
    kind: 'cancel',
    id: `${isReveal ? 'reveal' : 'cancel'}/${context.run}/${claim.fence}`,
    step: context.run,
    attempt: context.attempt,
    fence: claim.fence,
    host: claim.host,
    reason: isReveal ? REVEAL : timedOut ? 'timeout' : 'cancelled',
  };
}

function stepTimer(
  context: AgentContext | EvaluationContext | WaitContext | ConsensusContext,
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

function owedByApproval(state: string, context: ApprovalContext): readonly Effect[] {
  const subject = { kind: 'approval', step: context.run, phase: context.phase } as const;
  const timer = (purpose: ApprovalTimer, dueAt: number | undefined): readonly Effect[] =>
    dueAt === undefined ? [] : [{ kind: 'timer', id: approvalTimerId(context, purpose, dueAt), dueAt }];
  switch (state) {
    case 'opening':
    case 'verifying':
      return [{ kind: 'evaluate', id: evaluationIds.approval(context), subject }];
    case 'pending':
      return [
        ...timer('remind', context.remindAt),
        ...timer('escalate', context.escalateAt),
        ...timer('deadline', context.dueAt),
      ];
    default:
      return [];
  }
}

function owedByConsensus(state: string, context: ConsensusContext): readonly Effect[] {
  const evaluation = (part: 'open' | 'check'): readonly Effect[] => [
    {
      kind: 'evaluate',
      id: evaluationIds.poll(context, part),
      subject: { kind: 'poll', step: context.run, phase: context.phase, part },
    },
  ];
  switch (state) {
    case 'opening':
      return evaluation('open');
    case 'checking':
      return evaluation('check');
    case 'voting':
    case 'revealing':
      return stepTimer(context, context.round);
    default:
      return [];
  }
}

function owedByPhase(state: string, context: PhaseContext): readonly Effect[] {
  const { name, dueAt } = context;
  const timers: readonly Effect[] =
    dueAt === undefined ? [] : [{ kind: 'timer', id: phaseTimerId(context, dueAt), dueAt }];
  if (state === 'running' && context.measuredFrom !== undefined) return [...timers, ...limitTimers(context)];
  switch (state) {
    case 'verifying':
      return [
        {
          kind: 'evaluate',
          id: evaluationIds.approvedFiles(context),
          subject: { kind: 'approved-files', phase: name },
        },
        ...timers,
      ];
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

function limitTimers(context: PhaseContext): readonly Effect[] {
  return limitsOf(phaseOf(context.world(), context.name)).flatMap((limit, at) => {
    const dueAt = limitDueAt(context, limit);
    return dueAt === undefined
      ? []
      : [{ kind: 'timer', id: limitTimerId(context, at, dueAt), dueAt } as const];
  });
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
