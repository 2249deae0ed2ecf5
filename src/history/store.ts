import type { Position } from '../ports/event-log.ts';
import type { HistoryEntry } from './entry.ts';

/**
 * Keeps what lists show of executions. It is derived: whatever it lacks is folded from the log again, so it may be lost or
 * removed at any time. `createHistoryStore` makes one; others may implement it, and `test/contract/history-store.suite.ts` says
 * what it promises.
 */
export interface HistoryStore {
  /** Keeps the entries, all or none of them; one that is older than what is kept (by `position`) changes nothing. */
  put(entries: readonly HistoryEntry[]): Promise<void>;
  get(execution: string): Promise<HistoryEntry | undefined>;
  /** In the order that the query asks for. A page of any size at any place costs milliseconds, also of 100,000 executions. */
  list(query?: HistoryQuery): Promise<readonly HistoryEntry[]>;
  /** How many there are; `order`, `offset` and `limit` are not looked at, here and below. */
  count(query?: HistoryQuery): Promise<HistoryCount>;
  /** What a number of executions have in common. */
  summarise(query?: HistoryQuery): Promise<HistorySummary>;
  /** Up to where the log with this id has been read; 0 at first. */
  readTo(log: string): Promise<Position>;
  /** Never goes back. */
  markReadTo(log: string, position: Position): Promise<void>;
  /** May be called twice. */
  close(): Promise<void>;
}

export interface HistoryQuery {
  /** Any of them. Absent: all. */
  readonly status?: readonly string[] | undefined;
  readonly task?: string | undefined;
  /** Started at this time or later; ms since 1970. */
  readonly since?: number | undefined;
  /** Started before this time; ms since 1970. */
  readonly until?: number | undefined;
  /** Part of the id or of the task's name; upper and lower case are the same. */
  readonly search?: string | undefined;
  /**
   * `newest`: by their start. `attention`: those that run, then those that wait for a person, then those that stand still, then those that
   * have ended; the newest first among each. Default: `newest`.
   */
  readonly order?: 'newest' | 'attention' | undefined;
  /** So many of the first are left out. Default: 0. */
  readonly offset?: number | undefined;
  /** Default: no limit. */
  readonly limit?: number | undefined;
}

export interface HistoryCount {
  readonly total: number;
  /** Status -> how many; only those that occur. */
  readonly byStatus: { readonly [status: string]: number };
}

export interface HistorySummary extends HistoryCount {
  /** Of those that have ended; null when none has. */
  readonly durations: DurationSummary | null;
}

/** In ms. A percentile is a duration that occurred: the smallest that is not exceeded by that share of them. */
export interface DurationSummary {
  readonly count: number;
  readonly min: number;
  readonly mean: number;
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
}
