import { AgentError } from '../../agent/agent-error.ts';
import type { AgentRequest } from '../../ports/agent-request.ts';
import { drawFrom } from './distribution.ts';
import type { Failure, Output, Rule, ScriptContext } from './script.ts';

/** Takes the time, says what is to be said, and answers or fails. */
export async function performRule(
  { latency, usage, progress = [], fail, output }: Omit<Rule, 'when'>,
  request: AgentRequest,
  context: ScriptContext,
): Promise<unknown> {
  if (usage !== undefined) useUp(usage, context);
  const latencyMs = latency === undefined ? 0 : drawFrom(latency, context.chance('latency'));
  const pauseMs = latencyMs / (progress.length + 1);
  for (const news of progress) {
    await context.sleep(pauseMs);
    context.progress(news);
  }
  if (latencyMs > 0) await context.sleep(latencyMs - pauseMs * progress.length);
  if (fail !== undefined) throw failureFrom(fail);
  return outputFrom(output, request, context);
}

/** The value, or what its function gives. */
function outputFrom(output: Output | undefined, request: AgentRequest, context: ScriptContext): unknown {
  return typeof output === 'function' ? output(request, context) : (output ?? null);
}

function useUp({ tokens, usd }: NonNullable<Rule['usage']>, context: ScriptContext): void {
  context.usage({
    ...(tokens === undefined ? {} : { tokens: Math.round(drawFrom(tokens, context.chance('tokens'))) }),
    ...(usd === undefined ? {} : { usd: drawFrom(usd, context.chance('usd')) }),
  });
}

function failureFrom({ class: kind = 'crash', message, retryAfterMs, details }: Failure): AgentError {
  return new AgentError(message ?? `the script says ${kind}`, {
    class: kind,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(details === undefined ? {} : { details }),
  });
}
