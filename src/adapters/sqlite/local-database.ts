import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { storageClosed } from '../../errors.ts';
import type { Clock } from '../../ports/clock.ts';
import { explainStorageError } from './explain.ts';

/**
 * The small things beside the log. Those written in one turn of the event loop go into one transaction: 10,000 snapshots are not
 * 10,000 commits.
 */
export class LocalDatabase {
  readonly #database: DatabaseSync;
  readonly #path: string;
  readonly #clock: Clock;
  #queue: Write[] = [];
  #isClosed = false;

  constructor(database: DatabaseSync, path: string, clock: Clock) {
    this.#database = database;
    this.#path = path;
    this.#clock = clock;
  }

  prepare(sql: string): StatementSync {
    return this.#database.prepare(sql);
  }

  /** Runs `write` in the next transaction; all of a transaction happens or nothing. */
  write(write: () => void): Promise<void> {
    if (this.#isClosed) return Promise.reject(storageClosed());
    return new Promise((resolve, reject) => {
      if (this.#queue.length === 0) this.#clock.soon(() => this.flush());
      this.#queue.push({ write, resolve, reject });
    });
  }

  /** Runs a query of its own, at once. */
  async read<T>(query: () => T): Promise<T> {
    if (this.#isClosed) throw storageClosed();
    try {
      return query();
    } catch (error) {
      throw explainStorageError(this.#path, error);
    }
  }

  flush(): void {
    const batch = this.#queue;
    if (batch.length === 0) return;
    this.#queue = [];
    try {
      this.#database.exec('BEGIN IMMEDIATE');
      for (const { write } of batch) write();
      this.#database.exec('COMMIT');
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      for (const { reject } of batch) reject(explainStorageError(this.#path, error));
      return;
    }
    for (const { resolve } of batch) resolve();
  }

  /** Writes what waits, and closes the database. */
  close(): void {
    if (this.#isClosed) return;
    this.flush();
    this.#isClosed = true;
    this.#database.close();
  }
}

interface Write {
  readonly write: () => void;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}
