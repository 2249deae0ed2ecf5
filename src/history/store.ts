import type { Position } from '../ports/event-log.ts';
import type { HistoryEntry } from './entry.ts';
import type { Tally } from './metrics/tally.ts';

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
  /** What metrics look at, the newest first: executions that were under way at some time between `since` and `until`. */
  spans(query?: SpanQuery): Promise<readonly Span[]>;
  /** Executions whose attempts are not counted up to their entry, the newest first. */
  untallied(limit: number): Promise<readonly string[]>;
  /** Keeps the tallies, all or none of them; one that is older than what is kept changes nothing. */
  putTallies(tallies: readonly Tally[]): Promise<void>;
  /** The newest first; those of {@link spans} with the same query. */
  tallies(query?: SpanQuery): Promise<readonly Tally[]>;
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

/** In ms since 1970; a span is in it that began before `until` and had not ended before `since`. */
export interface SpanQuery {
  readonly task?: string | undefined;
  readonly since?: number | undefined;
  readonly until?: number | undefined;
  /** Default: no limit. */
  readonly limit?: number | undefined;
}

/** An execution as metrics look at it. */
export type Span = Pick<
  HistoryEntry,
  'id' | 'task' | 'status' | 'startedAt' | 'endedAt' | 'durationMs' | 'usage'
>;

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
