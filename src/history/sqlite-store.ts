import { renameSync, rmSync } from 'node:fs';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { openDatabase } from '../adapters/sqlite/database.ts';
import { explainStorageError } from '../adapters/sqlite/explain.ts';
import { storageClosed, TroupeError } from '../errors.ts';
import type { Position } from '../ports/event-log.ts';
import { summariseDurations } from './durations.ts';
import type { HistoryEntry } from './entry.ts';
import type { Tally } from './metrics/tally.ts';
import { COLUMNS, entryIn, SPAN_COLUMNS, spanIn, valuesOf } from './row.ts';
import { HISTORY_MIGRATIONS } from './schema.ts';
import { conditionOf, countsOf, pageOf, spansOf } from './sql.ts';
import type { HistoryCount, HistoryQuery, HistoryStore, HistorySummary, Span, SpanQuery } from './store.ts';

/**
 * A history in a database file of its own, for several processes at once. Its commits do not wait for the disk: what a power cut
 * takes is folded from the log again. A file that is damaged is set aside as `FILE.damaged`, and a new one begun.
 */
export class SqliteHistoryStore implements HistoryStore {
  readonly #path: string;
  readonly #database: DatabaseSync;
  readonly #put: StatementSync;
  readonly #get: StatementSync;
  readonly #putTally: StatementSync;
  readonly #markTallied: StatementSync;
  readonly #readTo: StatementSync;
  readonly #markReadTo: StatementSync;

  private constructor(path: string, database: DatabaseSync) {
    this.#path = path;
    this.#database = database;
    const places = COLUMNS.map(() => '?').join(', ');
    this.#put = database.prepare(
      `INSERT INTO executions (${COLUMNS.join(', ')}) VALUES (${places})
       ON CONFLICT (id) DO UPDATE SET ${COLUMNS.map((name) => `${name} = excluded.${name}`).join(', ')},
         tallied = CASE WHEN excluded.position > position THEN 0 ELSE tallied END
       WHERE excluded.position >= position`,
    );
    this.#get = database.prepare('SELECT * FROM executions WHERE id = ?');
    this.#putTally = database.prepare(
      `INSERT INTO tallies (execution, task, started_at, position, body) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (execution) DO UPDATE SET position = excluded.position, body = excluded.body
       WHERE excluded.position >= position`,
    );
    this.#markTallied = database.prepare(
      'UPDATE executions SET tallied = 1 WHERE id = ? AND tallied = 0 AND position <= ?',
    );
    this.#readTo = database.prepare('SELECT read_to FROM logs WHERE log = ?');
    this.#markReadTo = database.prepare(
      `INSERT INTO logs (log, read_to) VALUES (?, ?)
       ON CONFLICT (log) DO UPDATE SET read_to = max(read_to, excluded.read_to)`,
    );
  }

  /** Throws STORAGE_NEWER, STORAGE_READ_ONLY, STORAGE_BUSY or STORAGE_FAILED. */
  static async open(path: string): Promise<SqliteHistoryStore> {
    try {
      return new SqliteHistoryStore(path, await openHistoryDatabase(path));
    } catch (error) {
      if (!isDamaged(error)) throw error;
      setAside(path);
      return new SqliteHistoryStore(path, await openHistoryDatabase(path));
    }
  }

  put(entries: readonly HistoryEntry[]): Promise<void> {
    return this.#transaction(() => {
      for (const entry of entries) this.#put.run(...valuesOf(entry));
    });
  }

  get(execution: string): Promise<HistoryEntry | undefined> {
    return this.#ask(() => {
      const row = this.#get.get(execution);
      return row === undefined ? undefined : entryIn(row);
    });
  }

  list(query: HistoryQuery = {}): Promise<readonly HistoryEntry[]> {
    const { sql, values } = pageOf(query);
    return this.#ask((database) =>
      database
        .prepare(sql)
        .all(...values)
        .map(entryIn),
    );
  }

  count(query: HistoryQuery = {}): Promise<HistoryCount> {
    const { sql, values } = countsOf(query);
    return this.#ask((database) => {
      const counts = database
        .prepare(sql)
        .all(...values)
        .map(({ status, count }) => [String(status), Number(count)] as const);
      return {
        total: counts.reduce((total, [, count]) => total + count, 0),
        byStatus: Object.fromEntries(counts),
      };
    });
  }

  async summarise(query: HistoryQuery = {}): Promise<HistorySummary> {
    const { where, values } = conditionOf(query);
    const durations = await this.#ask((database) =>
      database
        .prepare(`SELECT duration_ms FROM executions ${where} ORDER BY duration_ms`)
        .all(...values)
        .flatMap(({ duration_ms: duration }) => (duration === null ? [] : [Number(duration)])),
    );
    return { ...(await this.count(query)), durations: summariseDurations(durations) };
  }

  spans(query: SpanQuery = {}): Promise<readonly Span[]> {
    const { sql, values } = spansOf(query, SPAN_COLUMNS);
    return this.#ask((database) =>
      database
        .prepare(sql)
        .all(...values)
        .map(spanIn),
    );
  }

  untallied(limit: number): Promise<readonly string[]> {
    return this.#ask((database) =>
      database
        .prepare('SELECT id FROM executions WHERE tallied = 0 ORDER BY started_at DESC, id DESC LIMIT ?')
        .all(limit)
        .map(({ id }) => String(id)),
    );
  }

  putTallies(tallies: readonly Tally[]): Promise<void> {
    return this.#transaction(() => {
      for (const tally of tallies) {
        const { execution, task, startedAt, position } = tally;
        this.#putTally.run(execution, task, startedAt, position, JSON.stringify(tally));
        this.#markTallied.run(execution, position);
      }
    });
  }

  tallies(query: SpanQuery = {}): Promise<readonly Tally[]> {
    const { sql, values } = spansOf(query, 't.body', 'JOIN tallies t ON t.execution = e.id');
    return this.#ask((database) =>
      database
        .prepare(sql)
        .all(...values)
        .map(({ body }) => JSON.parse(String(body)) as Tally),
    );
  }

  readTo(log: string): Promise<Position> {
    return this.#ask(() => Number(this.#readTo.get(log)?.read_to ?? 0));
  }

  markReadTo(log: string, position: Position): Promise<void> {
    return this.#ask(() => {
      this.#markReadTo.run(log, position);
    });
  }

  async close(): Promise<void> {
    if (this.#database.isOpen) this.#database.close();
  }

  #transaction(write: () => void): Promise<void> {
    return this.#ask((database) => {
      database.exec('BEGIN IMMEDIATE');
      try {
        write();
        database.exec('COMMIT');
      } catch (error) {
        if (database.isTransaction) database.exec('ROLLBACK');
        throw error;
      }
    });
  }

  async #ask<T>(question: (database: DatabaseSync) => T): Promise<T> {
    if (!this.#database.isOpen) throw storageClosed();
    try {
      return question(this.#database);
    } catch (error) {
      throw explainStorageError(this.#path, error);
    }
  }
}

function openHistoryDatabase(path: string): Promise<DatabaseSync> {
  return openDatabase({ path, migrations: HISTORY_MIGRATIONS, durability: 'normal', busyTimeoutMs: 2_000 });
}

function isDamaged(error: unknown): boolean {
  return error instanceof TroupeError && ['STORAGE_CORRUPT', 'STORAGE_FOREIGN'].includes(error.code);
}

/** Its side files belong to the damaged one: https://www.sqlite.org/howtocorrupt.html, section 1.4. */
function setAside(path: string): void {
  renameSync(path, `${path}.damaged`);
  for (const suffix of ['-wal', '-shm']) rmSync(path + suffix, { force: true });
}
