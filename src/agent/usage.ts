import { z } from 'zod';
import type { Usage } from '../ports/agent-request.ts';
import { AgentError } from './agent-error.ts';

/** What an attempt used, as agents say it; other keys are dropped. Without `tokens` they are what was asked and answered together. */
export const usageSchema = z
  .object({
    tokens: z.number().nonnegative().optional(),
    usd: z.number().nonnegative().optional(),
    inputTokens: z.number().nonnegative().optional(),
    outputTokens: z.number().nonnegative().optional(),
    model: z.string().max(256).optional(),
  })
  .transform((usage): Usage => {
    const { tokens, inputTokens, outputTokens } = usage;
    if (tokens !== undefined || (inputTokens === undefined && outputTokens === undefined)) return usage;
    return { ...usage, tokens: (inputTokens ?? 0) + (outputTokens ?? 0) };
  });

/** Throws an AgentError of class `invalid-output`: budgets add these numbers up. */
export function parseUsage(usage: unknown): Usage {
  const result = usageSchema.safeParse(usage);
  if (result.success) return result.data;
  throw new AgentError(`usage is not as expected: ${z.prettifyError(result.error)}`, {
    class: 'invalid-output',
  });
}
