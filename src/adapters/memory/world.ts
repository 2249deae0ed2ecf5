import { MemoryRecords } from './records.ts';

/** What the processes on one data folder share, without a folder: every store made on the same world is one process on it. */
export class MemoryWorld {
  readonly dataId: string;
  readonly records = new MemoryRecords();
  /** Ids of processes whose store is open. */
  readonly living = new Map<string, { readonly startedAt: number }>();

  constructor(dataId: string) {
    this.dataId = dataId;
  }
}
