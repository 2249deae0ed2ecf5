import type { Subscription } from './event-log.ts';
import type { OwnerInfo } from './ownership.ts';

/**
 * Where orchestrators that share partitions see each other: who is there, and who holds what. All of it is a hint that saves
 * work; two who believe to hold the same partition do no harm (I1, I3: the log decides).
 */
export interface LeaseEntry {
  readonly holder: OwnerInfo;
  /** Changes with every refresh; watchers measure its age on their own clocks. */
  readonly beat: number;
  /** The holder lets go of it: anybody may take it at once. */
  readonly isReleased?: boolean | undefined;
}

/** `member.<process>` or `partition.<n>`. */
export type LeaseKey = `member.${string}` | `partition.${number}`;

export interface LeaseBoard {
  /** Writes or refreshes; resolves when the others can see it. */
  put(key: LeaseKey, entry: LeaseEntry): Promise<void>;
  remove(key: LeaseKey): Promise<void>;
  get(key: LeaseKey): Promise<LeaseEntry | undefined>;
  /**
   * What is on the board now, before it resolves, then what changes; undefined: removed. What was replaced before it could be told
   * may be left out.
   */
  watch(listener: (key: LeaseKey, entry: LeaseEntry | undefined) => void): Promise<Subscription>;
}
