import type { LogRecord } from '../ports/event-log.ts';

/** A record that passed its checks and still could not be folded. The execution is suspended at it, others go on. */
export class FoldFailure extends Error {
  override readonly name = 'FoldFailure';
  readonly record: LogRecord;
  /** The same words on every machine: part of the folded state. */
  readonly reason: string;

  constructor(record: LogRecord, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(`Record ${record.position} (${record.type}) of ${record.execution}: ${reason}`, { cause });
    this.record = record;
    this.reason = reason;
  }
}
