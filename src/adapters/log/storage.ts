import type { TroupeError } from '../../errors.ts';
import type { LogRecord, Position, ReadOptions } from '../../ports/event-log.ts';

export interface LogHead {
  /** 0 when the log is empty. */
  readonly position: Position;
  readonly at: number;
}

export interface ExecutionEnd {
  readonly execution: string;
  readonly last: Position;
}

/**
 * What a technology offers so that {@link GroupedLog} can keep a log on it. Everything is synchronous, and a transaction
 * never stays open across turns of the event loop.
 */
export interface LogStorage {
  /** Takes the only right to write; throws when another process has it. */
  begin(): void;
  /** Returns when everything inserted since {@link begin} is durable. When it throws, nothing of it is kept. */
  commit(): void;
  /** Forgets everything written since {@link begin}; does nothing when no transaction is open. */
  rollback(): void;
  /** Whether a transaction is open; some failures end it. */
  isOpen(): boolean;
  /** The last record; inside a transaction, its own inserts included. */
  head(): LogHead;
  /** `json` is the text of `record.data`. */
  insert(record: LogRecord, json: string): void;
  /** Records of all executions in log order. */
  readAfter(after: Position, limit: number): readonly LogRecord[];
  read(execution: string, options: ReadOptions): readonly LogRecord[];
  executions(after: Position): readonly ExecutionEnd[];
  /** Whether what failed may succeed when it is tried again a little later. */
  isTransient(error: unknown): boolean;
  /** The error as its user should see it. */
  explain(error: unknown): TroupeError;
}
