import type { AgentDirectory } from './agent-directory.ts';
import type { ArtifactStore } from './artifact-store.ts';
import type { EventLog } from './event-log.ts';
import type { Ownership } from './ownership.ts';
import type { ProcessGroups } from './process-groups.ts';
import type { ResponseCache } from './response-cache.ts';
import type { SnapshotStore } from './snapshot-store.ts';

/** All that is kept for one data folder, as one process sees it. */
export interface Store extends AsyncDisposable {
  readonly log: EventLog;
  readonly snapshots: SnapshotStore;
  readonly artifacts: ArtifactStore;
  readonly ownership: Ownership;
  readonly directory: AgentDirectory;
  readonly processGroups: ProcessGroups;
  readonly responses: ResponseCache;
  /** Random id of the data folder, made with it; the same for every process that opens it. */
  readonly dataId: string;
  /**
   * Waits for appends under way, ends what follows the log, then lets go: what this process owned becomes an orphan unless it
   * was released or marked ended. May be called twice.
   */
  close(): Promise<void>;
}

/** Where an adapter tells an operator what it cannot tell a caller. A pino logger fits. */
export interface StoreLogger {
  warn(details: object, message: string): void;
}
