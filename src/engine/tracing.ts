import type { LogRecord } from '../ports/event-log.ts';
import type { Fold } from './fold.ts';

/**
 * What an engine tells whoever makes traces of its work. It is told of records as they are folded by the process that drives the
 * execution; what is read from the log again (after a restart, at a take-over) is not told.
 */
export interface EngineTracing {
  /** Before a record is folded. Undefined: nobody wants to know. */
  watch(fold: Fold, record: LogRecord): WatchedRecord | undefined;
  /** An execution was begun with this record. Returns what is to be done once that is durable. */
  begun(fold: Fold, record: LogRecord): (() => void) | undefined;
  /** W3C trace context of the execution, for those who work for it. Undefined: that of its start record, if any. */
  traceparentOf(fold: Fold): string | undefined;
}

export interface WatchedRecord {
  /** The fold took the record. Returns what is to be done once that is durable; undefined: nothing. */
  accepted(): (() => void) | undefined;
}

/** The trace context that work for the execution belongs to. */
export function traceparentOf(fold: Fold, tracing: EngineTracing | undefined): string | undefined {
  return tracing?.traceparentOf(fold) ?? fold.traceparent;
}
