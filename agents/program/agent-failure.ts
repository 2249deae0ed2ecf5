import type { FailureClass } from '../../src/ports/agent-request.ts';

/** A failure that the agent explains itself; `class` decides whether the step is tried again. */
export class AgentFailure extends Error {
  readonly class: FailureClass;

  constructor(failureClass: FailureClass, message: string) {
    super(message);
    this.name = 'AgentFailure';
    this.class = failureClass;
  }
}

/** For what no second attempt can mend: a wrong input, missing data. */
export function fatal(message: string): AgentFailure {
  return new AgentFailure('fatal', message);
}
