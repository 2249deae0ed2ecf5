import type { StatementSync } from 'node:sqlite';
import type { SnapshotStore, StoredSnapshot } from '../../ports/snapshot-store.ts';
import type { LocalDatabase } from './local-database.ts';

export class SqliteSnapshots implements SnapshotStore {
  readonly #local: LocalDatabase;
  readonly #put: StatementSync;
  readonly #latest: StatementSync;
  readonly #remove: StatementSync;

  constructor(local: LocalDatabase) {
    this.#local = local;
    this.#put = local.prepare(
      `INSERT INTO snapshots (execution, position, body) VALUES (?, ?, ?)
       ON CONFLICT DO UPDATE SET position = excluded.position, body = excluded.body
       WHERE excluded.position >= position`,
    );
    this.#latest = local.prepare('SELECT execution, position, body FROM snapshots WHERE execution = ?');
    this.#remove = local.prepare('DELETE FROM snapshots WHERE execution = ?');
  }

  put({ execution, position, body }: StoredSnapshot): Promise<void> {
    return this.#local.write(() => {
      this.#put.run(execution, position, body);
    });
  }

  latest(execution: string): Promise<StoredSnapshot | undefined> {
    // NOT NULL columns of a STRICT table, under the names of the type.
    return this.#local.read(() => this.#latest.get(execution) as unknown as StoredSnapshot | undefined);
  }

  remove(execution: string): Promise<void> {
    return this.#local.write(() => {
      this.#remove.run(execution);
    });
  }
}
