import type { AgentStep, StepDefinition } from '../src/task/definition.ts';

/**
 * Steps that belong to another step of the file: the ballots of a consensus, the compensation of an agent step. They are agent
 * steps like any other, with ids of their own, and so are offered, claimed and reported like any other.
 */
export function derivedSteps(step: StepDefinition): readonly AgentStep[] {
  return step.kind === 'agent' && step.compensate !== undefined ? [step.compensate] : [];
}
