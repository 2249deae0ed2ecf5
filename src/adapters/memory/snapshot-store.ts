import type { SnapshotStore, StoredSnapshot } from '../../ports/snapshot-store.ts';
import type { MemoryWorld } from './world.ts';

export class MemorySnapshots implements SnapshotStore {
  readonly #snapshots: MemoryWorld['snapshots'];

  constructor({ snapshots }: Pick<MemoryWorld, 'snapshots'>) {
    this.#snapshots = snapshots;
  }

  async put(snapshot: StoredSnapshot): Promise<void> {
    const present = this.#snapshots.get(snapshot.execution);
    if (present === undefined || present.position <= snapshot.position) {
      this.#snapshots.set(snapshot.execution, snapshot);
    }
  }

  async latest(execution: string): Promise<StoredSnapshot | undefined> {
    return this.#snapshots.get(execution);
  }

  async remove(execution: string): Promise<void> {
    this.#snapshots.delete(execution);
  }
}
