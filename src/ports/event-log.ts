import type { Json } from '../json.ts';

/**
 * The log: the only truth about an execution. An adapter gives one totally ordered log for many executions
 * (SQLite: the database; NATS: one partition's stream). Anyone may append; nobody may change or remove.
 *
 * 1. Positions grow strictly in log order; they are not dense within one execution.
 * 2. `at` never decreases in log order; the log stamps it, authors do not.
 * 3. A record whose append resolved is durable as the store defines it.
 */

/** Place in the log, from 1. */
export type Position = number;

/** Who speaks: set from credentials where there are any, never from a payload. */
export type Source = 'control' | 'engine' | `agent.${string}`;

export interface NewRecord {
  /** Made once by the author; appending the same record twice keeps the id. */
  readonly id: string;
  readonly execution: string;
  readonly source: Source;
  readonly type: string;
  readonly data: Json;
}

export interface LogRecord extends NewRecord {
  readonly position: Position;
  /** Milliseconds since 1970, stamped by the log. */
  readonly at: number;
}

/**
 * Receives the log in order. `fold` may come before the records are durable (the SQLite adapter hands them over
 * inside its open transaction, where their order is already certain), so nothing may be done outside until
 * `durable` says so. What `fold` appends synchronously joins the same commit.
 */
export interface LogFollower {
  fold(records: readonly LogRecord[]): void;
  /** All records handed over up to `position` are durable. */
  durable(position: Position): void;
  /**
   * What was handed over after `position` is not in the log: a commit failed, or the log lost its tail. Forget it; what the log
   * holds instead is handed over again.
   */
  retracted(position: Position, cause: unknown): void;
}

export interface Subscription extends AsyncDisposable {
  /** Stops delivery; returns when no callback runs any more. May be called twice. */
  stop(): Promise<void>;
}

export interface ReadOptions {
  /** Only records after this position. Default 0. */
  readonly after?: Position | undefined;
  /** Only records up to and including this position. Default: the end. */
  readonly upTo?: Position | undefined;
  readonly limit?: number | undefined;
}

export interface FollowOptions {
  /** Only records of this execution. Default: all. */
  readonly execution?: string | undefined;
}

export interface EventLog {
  /** Appends; resolves with position and time once durable. Order of calls is order in the log. */
  append(record: NewRecord): Promise<LogRecord>;
  /** Durable records of one execution in log order. */
  read(execution: string, options?: ReadOptions): Promise<readonly LogRecord[]>;
  /** Delivers every record after `after`, those of other processes included, until stopped. */
  follow(follower: LogFollower, after: Position, options?: FollowOptions): Subscription;
  /** The last durable position; 0 when the log is empty. */
  head(): Promise<Position>;
  /** Ids of all executions with a record after `after`, in order of their last record. */
  executions(after?: Position): Promise<readonly { readonly execution: string; readonly last: Position }[]>;
}
