import type { Json } from '../json.ts';
import type { StepError } from '../ports/agent-request.ts';

/** Why an evaluation has no value; becomes the step's error in the log. */
export class EvaluationFailure extends Error {
  override readonly name = 'EvaluationFailure';
  readonly details: Json | undefined;

  constructor(message: string, details?: Json) {
    super(message);
    this.details = details;
  }
}

export function toStepError(thrown: unknown): StepError {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const details = thrown instanceof EvaluationFailure ? thrown.details : undefined;
  return { class: 'fatal', message, ...(details === undefined ? {} : { details }) };
}
