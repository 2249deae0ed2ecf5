import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { SnapshotStore, StoredSnapshot } from '../../ports/snapshot-store.ts';
import type { WriteBatch } from './write-batch.ts';

export class SqliteSnapshots implements SnapshotStore {
  readonly #batch: WriteBatch;
  readonly #put: StatementSync;
  readonly #latest: StatementSync;
  readonly #remove: StatementSync;

  constructor(local: DatabaseSync, batch: WriteBatch) {
    this.#batch = batch;
    this.#put = local.prepare(
      `INSERT INTO snapshots (execution, position, body) VALUES (?, ?, ?)
       ON CONFLICT DO UPDATE SET position = excluded.position, body = excluded.body
       WHERE excluded.position >= position`,
    );
    this.#latest = local.prepare('SELECT execution, position, body FROM snapshots WHERE execution = ?');
    this.#remove = local.prepare('DELETE FROM snapshots WHERE execution = ?');
  }

  put({ execution, position, body }: StoredSnapshot): Promise<void> {
    return this.#batch.add(() => {
      this.#put.run(execution, position, body);
    });
  }

  async latest(execution: string): Promise<StoredSnapshot | undefined> {
    // NOT NULL columns of a STRICT table, under the names of the type.
    return this.#latest.get(execution) as unknown as StoredSnapshot | undefined;
  }

  remove(execution: string): Promise<void> {
    return this.#batch.add(() => {
      this.#remove.run(execution);
    });
  }
}
