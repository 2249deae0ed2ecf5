import type { StepDefinition } from './definition.ts';

/** The roles that a step gives work to, as the file names them: a role may be a template. */
export function rolesOf(step: StepDefinition): readonly string[] {
  switch (step.kind) {
    case 'agent':
      return step.compensate === undefined ? [step.agent] : [step.agent, step.compensate.agent];
    case 'consensus':
      return step.voters.flatMap((voter) => (voter.kind === 'agent' ? [voter.name] : []));
    default:
      return [];
  }
}
