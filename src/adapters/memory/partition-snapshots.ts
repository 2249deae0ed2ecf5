import type { PartitionSnapshots, StoredPartition } from '../../ports/partition-snapshots.ts';

/** Partitions' states in memory, for tests and simulation. */
export class MemoryPartitionSnapshots implements PartitionSnapshots {
  readonly #latest = new Map<number, StoredPartition>();

  async put(snapshot: StoredPartition): Promise<void> {
    this.#latest.set(snapshot.partition, snapshot);
  }

  async latest(partition: number): Promise<StoredPartition | undefined> {
    return this.#latest.get(partition);
  }
}
