import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { TroupeError } from '../../errors.ts';
import type { LogRecord, Position, ReadOptions, Source } from '../../ports/event-log.ts';
import type { ExecutionEnd, LogHead, LogStorage } from '../log/storage.ts';
import { explainStorageError, isBusy } from './explain.ts';

/** The records of a log in a table. The transaction is the connection's: whatever else it writes meanwhile is part of it. */
export class SqliteRecords implements LogStorage {
  readonly #database: DatabaseSync;
  readonly #path: string;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  readonly #head: StatementSync;
  readonly #insert: StatementSync;
  readonly #readAfter: StatementSync;
  readonly #read: StatementSync;
  readonly #executions: StatementSync;
  readonly #recentExecutions: StatementSync;

  constructor(database: DatabaseSync, path: string) {
    this.#database = database;
    this.#path = path;
    this.#begin = database.prepare('BEGIN IMMEDIATE');
    this.#commit = database.prepare('COMMIT');
    this.#head = database.prepare('SELECT position, at FROM records ORDER BY position DESC LIMIT 1');
    this.#insert = database.prepare(
      'INSERT INTO records (position, at, execution, id, source, type, data) VALUES (?, ?, ?, ?, ?, ?, ?)',
    );
    this.#readAfter = database.prepare(
      `SELECT ${COLUMNS} FROM records WHERE position > ? ORDER BY position LIMIT ?`,
    );
    this.#read = database.prepare(
      `SELECT ${COLUMNS} FROM records WHERE execution = ? AND position > ? AND position <= ? ORDER BY position LIMIT ?`,
    );
    this.#executions = database.prepare(
      'SELECT execution, max(position) AS last FROM records GROUP BY execution ORDER BY last',
    );
    // Along the table, not along the index of all executions: what is recent is little.
    this.#recentExecutions = database.prepare(
      `SELECT execution, max(position) AS last FROM records NOT INDEXED WHERE position > ?
       GROUP BY execution ORDER BY last`,
    );
  }

  begin(): void {
    this.#begin.run();
  }

  commit(): void {
    this.#commit.run();
  }

  rollback(): void {
    if (this.isOpen()) this.#database.exec('ROLLBACK');
  }

  /** Some failures, such as a full disk, roll back by themselves: https://www.sqlite.org/lang_transaction.html */
  isOpen(): boolean {
    return this.#database.isTransaction;
  }

  head(): LogHead {
    // The columns are NOT NULL integers of a STRICT table, here and below: the casts say what the schema says.
    return (this.#head.get() as unknown as LogHead | undefined) ?? EMPTY;
  }

  insert({ position, at, execution, id, source, type }: LogRecord, json: string): void {
    this.#insert.run(position, at, execution, id, source, type, json);
  }

  readAfter(after: Position, limit: number): readonly LogRecord[] {
    return this.#readAfter.all(after, limit).map(recordOf);
  }

  read(execution: string, options: ReadOptions): readonly LogRecord[] {
    const { after = 0, upTo = Number.MAX_SAFE_INTEGER, limit = NO_LIMIT } = options;
    return this.#read.all(execution, after, upTo, limit).map(recordOf);
  }

  executions(after: Position): readonly ExecutionEnd[] {
    const rows = after === 0 ? this.#executions.all() : this.#recentExecutions.all(after);
    return rows as unknown as ExecutionEnd[];
  }

  isTransient(error: unknown): boolean {
    return isBusy(error);
  }

  explain(error: unknown): TroupeError {
    return explainStorageError(this.#path, error);
  }
}

const EMPTY: LogHead = { position: 0, at: 0 };
const COLUMNS = 'position, at, execution, id, source, type, data';
/** A negative LIMIT is none: https://www.sqlite.org/lang_select.html */
const NO_LIMIT = -1;

function recordOf(row: Record<string, unknown>): LogRecord {
  return {
    id: row.id as string,
    execution: row.execution as string,
    source: row.source as Source,
    type: row.type as string,
    data: JSON.parse(row.data as string),
    position: row.position as number,
    at: row.at as number,
  };
}
