import {
  context as contexts,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace as traces,
} from '@opentelemetry/api';
import type { AttemptTracing, TracedAttempt } from '../agent/tracing.ts';
import type { AgentRequest, AttemptReport } from '../ports/agent-request.ts';
import { formatTraceparent, parseTraceparent } from '../trace-context.ts';
import { registeredTracer } from './registered-tracer.ts';
import { ATTRIBUTE } from './span-record.ts';

const MOST_MESSAGE = 1_000;

/**
 * The span of an agent at work, made by its host on the host's own clock: below the attempt's span, which whoever drives the
 * execution makes, and above what the agent traces itself.
 */
export class AttemptTraces implements AttemptTracing {
  begin(request: AgentRequest, host: string): TracedAttempt | undefined {
    const tracer = registeredTracer();
    if (tracer === undefined) return undefined;
    const { execution, phase, step, attempt, agent, traceparent } = request;
    const attributes = {
      [ATTRIBUTE.agent]: agent,
      [ATTRIBUTE.conversation]: execution,
      [ATTRIBUTE.execution]: execution,
      [ATTRIBUTE.phase]: phase,
      [ATTRIBUTE.step]: step,
      [ATTRIBUTE.attempt]: attempt,
      [ATTRIBUTE.host]: host,
    };
    const span = tracer.startSpan(
      `agent ${agent}`,
      { kind: SpanKind.SERVER, attributes },
      below(traceparent),
    );
    return new Traced(span);
  }
}

class Traced implements TracedAttempt {
  readonly #span: Span;

  constructor(span: Span) {
    this.#span = span;
  }

  get traceparent(): string {
    const { traceId, spanId, traceFlags } = this.#span.spanContext();
    return formatTraceparent({ traceId, spanId, flags: traceFlags.toString(16).padStart(2, '0') });
  }

  run<T>(work: () => T): T {
    return contexts.with(traces.setSpan(contexts.active(), this.#span), work);
  }

  end(result: AttemptReport['result']): void {
    this.#span.setAttribute(ATTRIBUTE.outcome, result.kind);
    if (result.kind === 'failed') {
      const { class: type, message } = result.error;
      this.#span.setAttribute(ATTRIBUTE.errorType, type);
      this.#span.setStatus({ code: SpanStatusCode.ERROR, message: message.slice(0, MOST_MESSAGE) });
    }
    this.#span.end();
  }
}

function below(traceparent: string | undefined) {
  const parent = parseTraceparent(traceparent);
  if (parent === undefined) return ROOT_CONTEXT;
  const { traceId, spanId, flags } = parent;
  return traces.setSpanContext(ROOT_CONTEXT, {
    traceId,
    spanId,
    traceFlags: Number.parseInt(flags, 16),
    isRemote: true,
  });
}
