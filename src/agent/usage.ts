import { z } from 'zod';
import type { Usage } from '../ports/agent-request.ts';
import { AgentError } from './agent-error.ts';

/** What an attempt used, as agents say it; other keys are dropped. */
export const usageSchema = z.object({
  tokens: z.number().nonnegative().optional(),
  usd: z.number().nonnegative().optional(),
});

/** Throws an AgentError of class `invalid-output`: budgets add these numbers up. */
export function parseUsage(usage: unknown): Usage {
  const result = usageSchema.safeParse(usage);
  if (result.success) return result.data;
  throw new AgentError(`usage is not as expected: ${z.prettifyError(result.error)}`, {
    class: 'invalid-output',
  });
}
