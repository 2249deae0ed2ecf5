import { type Span, TraceFlags } from '@opentelemetry/api';
import type { Fold } from '../engine/fold.ts';
import type { EngineTracing } from '../engine/tracing.ts';
import type { WatchedRecord } from '../engine/watchers.ts';
import type { LogRecord } from '../ports/event-log.ts';
import { formatTraceparent } from '../trace-context.ts';
import { endedSpans, executionSpan, standingBefore } from './ended-spans.ts';
import { registeredTracer } from './registered-tracer.ts';
import type { SpanRecord } from './span-record.ts';
import { SpanWriter } from './span-writer.ts';
import { spanIds, type Trace, traceOf } from './trace-of.ts';

/** Roots of executions that are kept open; one that was let go of is begun again under the same ids. */
const MOST_ROOTS = 10_000;

/**
 * Makes the spans of the executions that this process drives, each when it is over: executions, phases, steps, attempts, rollbacks.
 *
 * 1. What they say is what the log says, and their times are the log's.
 * 2. A span is written once by the process that folds the record which ended it, after that record is durable.
 * 3. Ids follow from the log: who goes on after a crash continues the same trace.
 */
export class ExecutionTraces implements EngineTracing {
  /** Begun roots of traces that are sampled here, by execution. */
  readonly #roots = new Map<string, Span>();
  #writer: SpanWriter | undefined;

  watch(fold: Fold, record: LogRecord): WatchedRecord | undefined {
    if (this.#writing === undefined) return undefined;
    const before = standingBefore(fold);
    return { accepted: () => this.#toWrite(fold, endedSpans(before, fold, record)) };
  }

  begun(fold: Fold, record: LogRecord): (() => void) | undefined {
    if (this.#writing === undefined) return undefined;
    return this.#toWrite(fold, endedSpans(undefined, fold, record));
  }

  traceparentOf(fold: Fold): string | undefined {
    const writer = this.#writing;
    if (writer === undefined) return undefined;
    const trace = traceOf(fold);
    const flags = this.#flagsOf(fold, trace, writer).toString(16).padStart(2, '0');
    return formatTraceparent({
      traceId: trace.traceId,
      spanId: spanIds.execution(fold.world.execution),
      flags,
    });
  }

  /** Undefined while no SDK is registered; one may be at any time. */
  get #writing(): SpanWriter | undefined {
    if (this.#writer !== undefined) return this.#writer;
    const tracer = registeredTracer();
    this.#writer = tracer && new SpanWriter(tracer);
    return this.#writer;
  }

  #toWrite(fold: Fold, spans: readonly SpanRecord[]): (() => void) | undefined {
    const writer = this.#writing;
    if (spans.length === 0 || writer === undefined) return undefined;
    const trace = traceOf(fold);
    const flags = this.#flagsOf(fold, trace, writer);
    const root = spanIds.execution(fold.world.execution);
    return () => {
      for (const span of spans) {
        const begun = span.id === root ? this.#roots.get(fold.world.execution) : undefined;
        if (begun === undefined) writer.write(span, trace, flags);
        else writer.end(begun, span);
        if (span.id === root) this.#roots.delete(fold.world.execution);
      }
    };
  }

  #flagsOf(fold: Fold, trace: Trace, writer: SpanWriter): number {
    if (trace.flags !== undefined) return Number.parseInt(trace.flags, 16);
    const { execution } = fold.world;
    let root = this.#roots.get(execution);
    if (root === undefined) {
      root = writer.start(executionSpan(fold), trace, TraceFlags.NONE);
      this.#roots.set(execution, root);
      const [oldest] = this.#roots.keys();
      if (this.#roots.size > MOST_ROOTS && oldest !== undefined) this.#roots.delete(oldest);
    }
    return root.spanContext().traceFlags;
  }
}
