import type { HostPresence } from '../../ports/agent-directory.ts';
import type { OwnerInfo } from '../../ports/ownership.ts';
import type { ProcessGroup } from '../../ports/process-groups.ts';
import type { StoredSnapshot } from '../../ports/snapshot-store.ts';
import { MemoryRecords } from './records.ts';

/** What the processes on one data folder share, without a folder: every store made on the same world is one process on it. */
export class MemoryWorld {
  readonly dataId: string;
  readonly records = new MemoryRecords();
  /** Processes whose store is open, by id. */
  readonly living = new Map<string, OwnerInfo>();
  readonly owners = new Map<string, Owned>();
  readonly snapshots = new Map<string, StoredSnapshot>();
  /** Content by digest. */
  readonly artifacts = new Map<string, Uint8Array>();
  readonly hosts = new Map<string, HostPresence>();
  /** By `execution/step/attempt`. */
  readonly processGroups = new Map<string, ProcessGroup>();
  readonly responses = new Map<string, { readonly json: string; readonly expiresAt: number }>();

  constructor(dataId: string) {
    this.dataId = dataId;
  }
}

export interface Owned {
  /** Absent after a release. */
  readonly process?: string | undefined;
  readonly isEnded: boolean;
}
