import type { Json } from '../json.ts';
import type { StepError } from '../ports/agent-request.ts';
import { validateJson } from '../task/json-schema.ts';
import { badSchema, violatesSchema } from './failures.ts';

/** Why the output is not what its schema asks for; undefined when it fits. */
export function checkOutput(
  output: Json,
  schema: { readonly [key: string]: unknown },
): StepError | undefined {
  try {
    const violations = validateJson(schema, output);
    return violations.length === 0 ? undefined : violatesSchema(violations);
  } catch (error) {
    return badSchema(error instanceof Error ? error.message : String(error));
  }
}
