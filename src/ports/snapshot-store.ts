import type { Position } from './event-log.ts';

/** The state at a log position, kept so that less is folded. A hint: the log is always right. */
export interface StoredSnapshot {
  readonly execution: string;
  /** All the execution's records up to here are in it. */
  readonly position: Position;
  /** Opaque to the store. */
  readonly body: string;
}

export interface SnapshotStore {
  /** Keeps the snapshot unless a later one is there. */
  put(snapshot: StoredSnapshot): Promise<void>;
  latest(execution: string): Promise<StoredSnapshot | undefined>;
  remove(execution: string): Promise<void>;
}
