import type { Fold } from '../engine/fold.ts';
import { loadFold, type Sources, startIn } from '../engine/load.ts';
import { toTroupeError } from '../errors.ts';
import type { EventLog, LogRecord, Position } from '../ports/event-log.ts';
import { entryOf, type HistoryEntry } from './entry.ts';
import type { HistoryQuery, HistoryStore, HistorySummary } from './store.ts';

export interface HistoryOptions {
  readonly store: HistoryStore;
  readonly log: Pick<EventLog, 'executions' | 'read'>;
  /** Names the log, so that one history can hold several: the data folder's id. */
  readonly logId: string;
  readonly sources: Sources;
}

/**
 * The executions of a log, always as the log has them: before it answers, whatever has records that the store has not seen is
 * folded again. So it is right after a `kill -9`, for executions that other processes drive, and when its file was removed.
 */
export class History implements AsyncDisposable {
  /** What is kept, without looking at the log first. */
  readonly store: HistoryStore;
  readonly #options: HistoryOptions;
  #refreshing: Promise<void> | undefined;

  constructor(options: HistoryOptions) {
    this.#options = options;
    this.store = options.store;
  }

  /** Newest first. */
  async list(query: HistoryQuery = {}): Promise<readonly HistoryEntry[]> {
    await this.refresh();
    return this.#options.store.list(query);
  }

  async get(execution: string): Promise<HistoryEntry | undefined> {
    await this.refresh();
    return this.#options.store.get(execution);
  }

  /** Counts by status, and how long executions took. */
  async summarise(query: HistoryQuery = {}): Promise<HistorySummary> {
    await this.refresh();
    return this.#options.store.summarise(query);
  }

  /** Folds what the store has not seen. Safe to call at any time; calls at the same time share the work. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#readOn().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  /** Closes the store, once what is being folded is kept. May be called twice. */
  async close(): Promise<void> {
    await this.#refreshing?.catch(() => undefined);
    await this.store.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #readOn(): Promise<void> {
    const { store, log, logId } = this.#options;
    await this.#lookAgainAtUnreadable();
    const ends = await log.executions(await store.readTo(logId));
    for (let at = 0; at < ends.length; at += BATCH) {
      const batch = ends.slice(at, at + BATCH);
      const entries = await Promise.all(batch.map(({ execution, last }) => this.#repair(execution, last)));
      await store.put(entries.filter((entry) => entry !== undefined));
      // In order of their last record, so all that was seen so far lies before it.
      const readTo = batch.at(-1)?.last;
      if (readTo !== undefined) await store.markReadTo(logId, readTo);
      await letOthersWork();
    }
  }

  /** What was missing may have been restored. */
  async #lookAgainAtUnreadable(): Promise<void> {
    const { store, sources } = this.#options;
    for (const { id } of await store.list({ status: [UNREADABLE] })) {
      const fold = await loadFold(id, sources).catch(() => undefined);
      if (fold !== undefined) await store.put([entryOf(fold)]);
    }
  }

  /** The entry as of `last` or later; undefined when the store has it, or when it is no execution. */
  async #repair(execution: string, last: Position): Promise<HistoryEntry | undefined> {
    const { store, log, sources } = this.#options;
    if (((await store.get(execution))?.position ?? 0) >= last) return undefined;
    let fold: Fold | undefined;
    try {
      fold = await loadFold(execution, sources);
    } catch (error) {
      return unreadable(await log.read(execution), last, error);
    }
    return fold === undefined ? undefined : entryOf(fold);
  }
}

const UNREADABLE = 'unreadable';

/** Executions that are folded and kept at once. */
const BATCH = 64;

/** Thousands may have to be folded: an engine in this process goes on between the batches. */
function letOthersWork(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** What it is folded with is missing or damaged: shown rather than left out. */
function unreadable(records: readonly LogRecord[], last: Position, cause: unknown): HistoryEntry | undefined {
  const start = records.find((record) => startIn(record) !== undefined);
  if (start === undefined) return undefined;
  const { task } = start.data as { task?: { name?: string; version?: string } };
  const { code, message } = toTroupeError(cause);
  return {
    id: start.execution,
    task: task?.name ?? '',
    version: task?.version ?? '',
    status: UNREADABLE,
    startedAt: start.at,
    endedAt: null,
    durationMs: null,
    phases: { total: 0, running: 0, completed: 0, failed: 0, skipped: 0, cancelled: 0 },
    degraded: false,
    error: { code, message },
    waitsFor: null,
    rerunOf: null,
    position: last,
  };
}
