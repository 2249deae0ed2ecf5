import type { Fold } from '../engine/fold.ts';
import { loadFold, type Sources, startIn } from '../engine/load.ts';
import { toTroupeError } from '../errors.ts';
import type { EventLog, LogRecord, Position } from '../ports/event-log.ts';
import { entryOf, type HistoryEntry } from './entry.ts';
import type { HistoryCount, HistoryQuery, HistoryStore, HistorySummary } from './store.ts';

export interface HistoryOptions {
  readonly store: HistoryStore;
  readonly log: Pick<EventLog, 'executions' | 'read'>;
  /** Names the log, so that one history can hold several: the data folder's id. */
  readonly logId: string;
  readonly sources: Sources;
  /** The state of what this process drives, as it has it in memory: spares folding its log again. */
  readonly present?: ((execution: string) => Fold | undefined) | undefined;
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
  /** Of the refresh that is under way: when its newest executions are kept, and how many of the others are not yet. */
  #newest: PromiseWithResolvers<void> | undefined;
  #behind = 0;
  #isClosing = false;

  constructor(options: HistoryOptions) {
    this.#options = options;
    this.store = options.store;
  }

  /** In the order that the query asks for. */
  async list(query: HistoryQuery = {}): Promise<readonly HistoryEntry[]> {
    await this.refresh();
    return this.#options.store.list(query);
  }

  async get(execution: string): Promise<HistoryEntry | undefined> {
    await this.refresh();
    return this.#options.store.get(execution);
  }

  /** How many there are, in all and by status. */
  async count(query: HistoryQuery = {}): Promise<HistoryCount> {
    await this.refresh();
    return this.#options.store.count(query);
  }

  /** Counts by status, and how long executions took. */
  async summarise(query: HistoryQuery = {}): Promise<HistorySummary> {
    await this.refresh();
    return this.#options.store.summarise(query);
  }

  /** Folds what the store has not seen. Safe to call at any time; calls at the same time share the work. */
  refresh(): Promise<void> {
    this.#newest ??= Promise.withResolvers();
    this.#refreshing ??= this.#readOn().finally(() => {
      this.#newest = undefined;
      this.#refreshing = undefined;
      this.#behind = 0;
    });
    return this.#refreshing;
  }

  /**
   * Begins to refresh and waits for the executions with the newest records only: a page can be shown while thousands are still folded.
   * Resolves to how many that are; `refresh` waits for them, and rejects when they cannot be read.
   */
  async refreshNewest(): Promise<number> {
    const refreshing = this.refresh();
    // When what is left fails, whoever waits for all of it is told; it may be nobody.
    refreshing.catch(() => undefined);
    await Promise.race([this.#newest?.promise, refreshing]);
    return this.#behind;
  }

  /** Closes the store, once the executions that are being folded are kept; the others are left for the next look. May be called twice. */
  async close(): Promise<void> {
    this.#isClosing = true;
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
    // The newest first, since these are looked for first. In order of their last record: all but what is left lies after it.
    for (let left = ends.length; left > 0; left -= BATCH) {
      const batch = ends.slice(Math.max(0, left - BATCH), left);
      const entries = await Promise.all(batch.map(({ execution, last }) => this.#repair(execution, last)));
      await store.put(entries.filter((entry) => entry !== undefined));
      this.#behind = left - batch.length;
      this.#newest?.resolve();
      await letOthersWork();
      if (this.#isClosing) return;
    }
    // Not before all of them are kept: what was begun and not ended is looked at again, and found to be there.
    const readTo = ends.at(-1)?.last;
    if (readTo !== undefined) await store.markReadTo(logId, readTo);
  }

  /** What was missing may have been restored. */
  async #lookAgainAtUnreadable(): Promise<void> {
    const { store, sources } = this.#options;
    if ((await store.count({ status: [UNREADABLE] })).total === 0) return;
    for (const { id } of await store.list({ status: [UNREADABLE] })) {
      const fold = await loadFold(id, sources).catch(() => undefined);
      if (fold !== undefined) await store.put([entryOf(fold)]);
    }
  }

  /** The entry as of `last` or later; undefined when the store has it, or when it is no execution. */
  async #repair(execution: string, last: Position): Promise<HistoryEntry | undefined> {
    const { store, log, sources } = this.#options;
    if (((await store.get(execution))?.position ?? 0) >= last) return undefined;
    const present = this.#options.present?.(execution);
    if (present !== undefined && present.world.position >= last) return entryOf(present);
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
    steps: { total: 0, done: 0 },
    usage: { tokens: 0, usd: 0, timeMs: 0 },
    degraded: false,
    error: { code, message },
    waitsFor: null,
    rerunOf: null,
    attention: 'still',
    position: last,
  };
}
