import type { AgentStep, ConsensusStep, StepDefinition } from '../src/task/definition.ts';

/**
 * Steps that belong to another step of the file: the ballots of a consensus, the compensation of an agent step. They are agent
 * steps like any other, with ids of their own, and so are offered, claimed and reported like any other.
 */
export function derivedSteps(step: StepDefinition): readonly AgentStep[] {
  if (step.kind === 'consensus') return ballotSteps(step);
  return step.kind === 'agent' && step.compensate !== undefined ? [step.compensate] : [];
}

/** The step in which an agent votes. In round n it runs as `id_n`. */
export interface BallotStep extends AgentStep {
  /** The consensus that it is part of. */
  readonly ballotOf: ConsensusStep;
  /** Place among the voters. */
  readonly voter: number;
}

export function isBallotStep(step: StepDefinition | undefined): step is BallotStep {
  return step !== undefined && 'ballotOf' in step;
}

/** Id of the run of a ballot in a round. */
export function ballotRun(id: string, round: number): string {
  return `${id}_${round}`;
}

function ballotSteps(step: ConsensusStep): readonly BallotStep[] {
  const { timeoutMs, retry, estimateMs, line, claimWithinMs, priority, input } = step;
  const shared = { timeoutMs, retry, estimateMs, line, claimWithinMs, priority, input };
  const set = Object.fromEntries(Object.entries(shared).filter(([, value]) => value !== undefined));
  return step.voters.flatMap((voter, index) =>
    voter.kind !== 'agent'
      ? []
      : [
          {
            ...set,
            id: voter.id,
            kind: 'agent' as const,
            title: step.title,
            agent: voter.name,
            instructions:
              step.instructions === undefined ? step.question : `${step.question}\n\n${step.instructions}`,
            ballotOf: step,
            voter: index,
          },
        ],
  );
}
