import type { Fold } from './fold.ts';
import type { EngineWatcher } from './watchers.ts';

/** Whoever makes traces of an engine's work. */
export interface EngineTracing extends EngineWatcher {
  /** W3C trace context of the execution, for those who work for it. Undefined: that of its start record, if any. */
  traceparentOf(fold: Fold): string | undefined;
}

/** The trace context that work for the execution belongs to. */
export function traceparentOf(fold: Fold, tracing: EngineTracing | undefined): string | undefined {
  return tracing?.traceparentOf(fold) ?? fold.traceparent;
}
