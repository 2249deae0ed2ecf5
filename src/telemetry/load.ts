import type { AttemptTracing } from '../agent/tracing.ts';
import type { EngineTracing } from '../engine/tracing.ts';

/** Traces of what this process does, as its two halves make them. */
export interface Telemetry {
  readonly executions: EngineTracing;
  readonly attempts: AttemptTracing;
}

/**
 * What makes traces with the OpenTelemetry SDK of this process; undefined where none is registered by now, and then nothing of
 * OpenTelemetry is loaded. See docs/telemetry.md.
 */
export async function loadTelemetry(): Promise<Telemetry | undefined> {
  if (!hasSdk()) return undefined;
  const [{ ExecutionTraces }, { AttemptTraces }] = await Promise.all([
    import('./execution-traces.ts'),
    import('./attempt-traces.ts'),
  ]);
  return { executions: new ExecutionTraces(), attempts: new AttemptTraces() };
}

/** The trace context of what is at work in this process, for an execution that it starts; undefined where nothing is traced. */
export async function activeTraceparent(): Promise<string | undefined> {
  if (!hasSdk()) return undefined;
  return (await import('./active-span.ts')).activeSpanTraceparent();
}

/** Has the SDK export what is over, for a process that is about to end. Resolves when it has; never rejects. */
export async function flushTraces(): Promise<void> {
  if (hasSdk()) await (await import('./registered-tracer.ts')).flushRegistered();
}

/** Where every copy of OpenTelemetry's API (1.x) keeps what is registered: its `internal/global-utils`. */
const REGISTRY = Symbol.for('opentelemetry.js.api.1');

function hasSdk(): boolean {
  // biome-ignore lint/style/noRestrictedGlobals: a property under a symbol has no name of its own.
  const registry = (globalThis as { readonly [REGISTRY]?: { readonly trace?: unknown } })[REGISTRY];
  return registry?.trace !== undefined;
}
