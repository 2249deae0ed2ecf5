/** Which living process folds and drives an execution. A hint that saves work; safety comes from the log's order (I1, I3). */

export interface OwnerInfo {
  readonly process: string;
  readonly pid: number;
  readonly hostname: string;
  /** Names what `pid` means something in: this start of the machine and, in a container, its processes. */
  readonly machine?: string | undefined;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
}

export type Taken = { readonly taken: true } | { readonly taken: false; readonly by: OwnerInfo };

export interface Ownership {
  /** This process. */
  readonly self: OwnerInfo;
  /** Takes an execution that nobody alive owns; true as well when it is ours already. */
  take(execution: string): Promise<Taken>;
  release(execution: string): Promise<void>;
  /** The living owner, if any. */
  ownerOf(execution: string): Promise<OwnerInfo | undefined>;
  /** Executions whose owner is dead or gone and which are not marked ended. */
  orphans(): Promise<readonly string[]>;
  /** The execution needs no owner any more; released if it was ours, so that anybody may take it when it is woken. */
  markEnded(execution: string): Promise<void>;
  /** Undoes {@link markEnded} (after `retry`). */
  markLive(execution: string): Promise<void>;
}
