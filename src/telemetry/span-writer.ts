import {
  type Attributes,
  type Context,
  diag,
  type HrTime,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  type SpanOptions,
  SpanStatusCode,
  TraceFlags,
  type Tracer,
  trace as traces,
} from '@opentelemetry/api';
import { ATTRIBUTE, type SpanRecord } from './span-record.ts';
import type { Trace } from './trace-of.ts';

/** Failure messages may be long, with what a program printed last. */
const MOST_MESSAGE = 1_000;

const KINDS = { internal: SpanKind.INTERNAL, client: SpanKind.CLIENT } as const;

/**
 * Gives spans to a tracer under ids that are known beforehand.
 *
 * OpenTelemetry's API has no way to choose an id. Its SDKs draw one when a span starts, from the generator that the tracer holds: a
 * tracer that inherits from the registered one, with another generator, is asked instead; the registered one is not touched. Of an
 * SDK that draws its ids in another way the spans get ids of their own: they then lie in the right trace and side by side.
 */
export class SpanWriter {
  readonly #tracer: Tracer;
  #hasWarned = false;

  constructor(tracer: Tracer) {
    this.#tracer = tracer;
  }

  write(record: SpanRecord, trace: Trace, flags: number): void {
    this.end(this.start(record, trace, flags), record);
  }

  /** Ends a span that was begun, with what is known of it now. */
  end(span: Span, { attributes, error, endAt }: SpanRecord): void {
    span.setAttributes({
      ...(attributes as Attributes),
      ...(error && { [ATTRIBUTE.errorType]: error.type }),
    });
    if (error !== undefined)
      span.setStatus({ code: SpanStatusCode.ERROR, message: error.message.slice(0, MOST_MESSAGE) });
    span.end(hrTime(endAt));
  }

  /** Begins a span that is written when it is ended. @param flags of the parent; of a root they are its own to find */
  start(record: SpanRecord, trace: Trace, flags: number): Span {
    const { id, parent, name, kind, startAt, attributes } = record;
    const links = (record.links ?? []).map((spanId) => ({
      context: { traceId: trace.traceId, spanId, traceFlags: flags },
    }));
    const options: SpanOptions = {
      kind: KINDS[kind],
      startTime: hrTime(startAt),
      attributes: attributes as Attributes,
      links,
    };
    return this.#start(id, name, options, trace, below(trace, parent, flags));
  }

  #start(id: string, name: string, options: SpanOptions, trace: Trace, context: Context): Span {
    const span = withIds(this.#tracer, trace.traceId, id).startSpan(name, options, context);
    const got = span.spanContext();
    if (got.spanId === id && got.traceId === trace.traceId) return span;
    if (!this.#hasWarned)
      diag.warn('Troupe cannot choose the ids of spans with this SDK: they lie side by side in their trace.');
    this.#hasWarned = true;
    if (got.traceId === trace.traceId) return span;
    return this.#tracer.startSpan(name, options, below(trace, id, TraceFlags.SAMPLED));
  }
}

/** The context of a parent, which another process may have written or will; without one, that of a root. */
function below({ traceId }: Trace, parent: string | undefined, traceFlags: number): Context {
  if (parent === undefined) return ROOT_CONTEXT;
  return traces.setSpanContext(ROOT_CONTEXT, { traceId, spanId: parent, traceFlags, isRemote: true });
}

function withIds(tracer: Tracer, traceId: string, spanId: string): Tracer {
  const own = (tracer as { readonly _idGenerator?: { readonly generateSpanId?: unknown } })._idGenerator;
  if (typeof own?.generateSpanId !== 'function') return tracer;
  const value = { generateTraceId: () => traceId, generateSpanId: () => spanId };
  return Object.create(tracer, { _idGenerator: { value } }) as Tracer;
}

/** A plain number would be taken for one since the start of the process where it is small. */
function hrTime(ms: number): HrTime {
  const seconds = Math.floor(ms / 1000);
  return [seconds, Math.round((ms - seconds * 1000) * 1e6)];
}
