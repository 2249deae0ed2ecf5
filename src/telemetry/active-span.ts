import { isSpanContextValid, trace as traces } from '@opentelemetry/api';
import { formatTraceparent } from '../trace-context.ts';

export function activeSpanTraceparent(): string | undefined {
  const active = traces.getActiveSpan()?.spanContext();
  if (active === undefined || !isSpanContextValid(active)) return undefined;
  const { traceId, spanId, traceFlags } = active;
  return formatTraceparent({ traceId, spanId, flags: traceFlags.toString(16).padStart(2, '0') });
}
