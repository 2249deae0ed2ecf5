import type { Position } from './event-log.ts';

/**
 * Where the state of a whole partition is kept, so that whoever takes it over folds less. A hint: the log is always right.
 */
export interface StoredPartition {
  readonly partition: number;
  /** All records up to here are in it. */
  readonly position: Position;
  /** The last record that is in any part of it, to tell whether the log still holds what was folded. */
  readonly mark: { readonly position: Position; readonly record: string };
  /** Opaque to the store; verified on read, and dropped when it is damaged. */
  readonly body: string;
}

export interface PartitionSnapshots {
  /** Replaces the one before, all or nothing. */
  put(snapshot: StoredPartition): Promise<void>;
  latest(partition: number): Promise<StoredPartition | undefined>;
}
