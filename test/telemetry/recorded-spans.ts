import { trace } from '@opentelemetry/api';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  type Sampler,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { onTestFinished } from 'vitest';

/** A span as a test reads it. */
export interface Seen {
  readonly name: string;
  readonly id: string;
  readonly traceId: string;
  readonly parent: string | undefined;
  readonly kind: number;
  /** ms since 1970. */
  readonly startAt: number;
  readonly endAt: number;
  readonly attributes: ReadableSpan['attributes'];
  readonly status: ReadableSpan['status'];
  readonly links: readonly string[];
}

/** Registers an SDK until the test is over; what it exports is kept. */
export function recordSpans(sampler?: Sampler) {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({
    spanProcessors: [new SimpleSpanProcessor(exporter)],
    ...(sampler === undefined ? {} : { sampler }),
  });
  trace.setGlobalTracerProvider(provider);
  onTestFinished(async () => {
    trace.disable();
    await provider.shutdown();
  });
  const all = (): readonly Seen[] => exporter.getFinishedSpans().map(seen);
  return {
    all,
    named: (name: string): readonly Seen[] => all().filter((span) => span.name === name),
    one: (name: string): Seen => {
      const [span, more] = all().filter((each) => each.name === name);
      if (span === undefined || more !== undefined) throw new Error(`not one span ${name}`);
      return span;
    },
    tree: (): readonly string[] => treeOf(all()),
  };
}

/** Names, each indented below its parent; in the order of their starts and then their names. */
function treeOf(spans: readonly Seen[], parent?: string, indent = ''): readonly string[] {
  const ids = new Set(spans.map(({ id }) => id));
  return spans
    .filter((span) => (parent === undefined ? !ids.has(span.parent ?? '') : span.parent === parent))
    .toSorted((a, b) => a.startAt - b.startAt || a.name.localeCompare(b.name))
    .flatMap(({ name, id }) => [`${indent}${name}`, ...treeOf(spans, id, `${indent}  `)]);
}

function seen(span: ReadableSpan): Seen {
  const { spanId, traceId } = span.spanContext();
  return {
    name: span.name,
    id: spanId,
    traceId,
    parent: span.parentSpanContext?.spanId,
    kind: span.kind,
    startAt: ms(span.startTime),
    endAt: ms(span.endTime),
    attributes: span.attributes,
    status: span.status,
    links: span.links.map(({ context }) => context.spanId),
  };
}

function ms([seconds, nanos]: readonly [number, number]): number {
  return seconds * 1000 + nanos / 1e6;
}
