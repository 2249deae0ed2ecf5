import { NONCE_PATTERN, sealOf } from '../src/ports/ballot-seal.ts';
import type { AgentContext, AgentEvent } from './agent-context.ts';
import { isBallotStep } from './derived-steps.ts';
import type { BallotMark } from './ledger.ts';
import { type StepIdentity, stepDefinition } from './step.ts';

/** What is a ballot's own about an agent step. */

export function isSealedBallot(context: StepIdentity): boolean {
  const step = stepDefinition(context);
  return isBallotStep(step) && step.ballotOf.sealed === true;
}

export function fitsSeal(context: AgentContext, event: AgentEvent): boolean {
  if (event.type !== 'succeeded' || event.nonce === undefined || !NONCE_PATTERN.test(event.nonce))
    return false;
  const { run, step, seal } = context;
  const { execution } = context.world();
  const round = Number(run.slice(step.length + 1));
  const { nonce, vote = event.output } = event;
  return sealOf({ execution, step: run, round, nonce, vote }) === seal;
}

/** Nothing for a step that is no ballot. */
export function ballotMark(context: AgentContext, event: AgentEvent): { ballot?: BallotMark } {
  if (event.type !== 'succeeded' || !isBallotStep(stepDefinition(context))) return {};
  const { vote, subject } = event;
  return {
    ballot: {
      host: context.claim?.host ?? '',
      ...(vote === undefined ? {} : { vote }),
      ...(subject === undefined ? {} : { subject }),
    },
  };
}
