import { storageClosed } from '../../errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { LogRecord, Position } from '../../ports/event-log.ts';
import { type Entry, type Outcome, settle } from './entry.ts';
import type { Followers } from './followers.ts';
import type { LogHead, LogStorage } from './storage.ts';

export interface CommitterOptions {
  readonly storage: LogStorage;
  readonly followers: Followers;
  readonly clock: Clock;
  /** Runs `callback` after `delayMs`, and keeps the process alive until then: an append is waiting for it. */
  readonly wait: (delayMs: number, callback: () => void) => void;
  /** How long a commit that finds the storage busy is tried again. Default 60,000 ms. */
  readonly busyLimitMs?: number | undefined;
  /** After a commit: some followers have not read everything yet. */
  readonly onBehind: () => void;
}

/** Writes what waits, as one commit for each turn of the event loop in which something does. */
export class Committer {
  readonly #storage: LogStorage;
  readonly #followers: Followers;
  readonly #clock: Clock;
  readonly #wait: CommitterOptions['wait'];
  readonly #busyLimitMs: number;
  readonly #onBehind: () => void;
  #queue: Entry[] = [];
  #isScheduled = false;
  #isCommitting = false;
  #isClosed = false;
  #busySince: number | undefined;
  #retryDelayMs = FIRST_RETRY_MS;

  constructor({ storage, followers, clock, wait, busyLimitMs = 60_000, onBehind }: CommitterOptions) {
    this.#storage = storage;
    this.#followers = followers;
    this.#clock = clock;
    this.#wait = wait;
    this.#busyLimitMs = busyLimitMs;
    this.#onBehind = onBehind;
  }

  /** Whether a commit is open: what the storage holds may yet be lost. */
  get isCommitting(): boolean {
    return this.#isCommitting;
  }

  add(entry: Entry): void {
    if (this.#isClosed) {
      entry.reject(storageClosed());
      return;
    }
    this.#queue.push(entry);
    // What is added while a commit is open becomes part of it.
    if (!this.#isCommitting) this.#schedule();
  }

  /** Resolves when nothing waits any more; what is added later rejects. */
  async close(): Promise<void> {
    if (!this.#isClosed && this.#queue.length > 0) {
      await new Promise<unknown>((resolve) => {
        this.add({ work: () => undefined, outcome: undefined, resolve, reject: resolve });
      });
    }
    this.#isClosed = true;
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#clock.soon(() => this.#commit());
  }

  #commit(): void {
    this.#isScheduled = false;
    if (this.#queue.length === 0) return;
    try {
      this.#storage.begin();
    } catch (error) {
      this.#tryAgain(this.#queue.splice(0), error);
      return;
    }
    this.#isCommitting = true;
    const group: Entry[] = [];
    let durable: Position | undefined;
    let head: LogHead;
    try {
      head = this.#storage.head();
      durable = head.position;
      this.#followers.catchUp(durable);
      while (this.#queue.length > 0 && group.length < GROUP_LIMIT) head = this.#writeRound(head, group);
      this.#storage.commit();
    } catch (error) {
      this.#undo(group, durable, error);
      return;
    }
    this.#isCommitting = false;
    this.#busySince = undefined;
    this.#retryDelayMs = FIRST_RETRY_MS;
    this.#followers.durable(head.position);
    for (const entry of group) settle(entry);
    if (this.#queue.length > 0) this.#schedule();
    if (this.#followers.isAnyBehind(head.position)) this.#onBehind();
  }

  /** Writes what waits now and hands it to the live followers, who may add more. */
  #writeRound(head: LogHead, group: Entry[]): LogHead {
    const round = this.#queue.splice(0, GROUP_LIMIT);
    // Before the writes: when one of them throws, the whole round counts among those to settle.
    for (const entry of round) group.push(entry);
    const at = Math.max(head.at, this.#clock.now());
    const records: LogRecord[] = [];
    let position = head.position;
    for (const entry of round) {
      if (entry.record === undefined) {
        entry.outcome = this.#perform(entry.work);
        continue;
      }
      const { id, execution, source, type, data } = entry.record;
      position += 1;
      entry.written = { id, execution, source, type, data, position, at };
      this.#storage.insert(entry.written, entry.json);
      records.push(entry.written);
    }
    if (records.length > 0) this.#followers.fold(records, head.position);
    return { position, at };
  }

  /** What the work throws is its author's, unless the storage gave the commit up because of it. */
  #perform(work: () => unknown): Outcome {
    try {
      return { value: work() };
    } catch (error) {
      if (!this.#storage.isOpen()) throw error;
      return { error: this.#storage.explain(error) };
    }
  }

  #undo(group: readonly Entry[], durable: Position | undefined, cause: unknown): void {
    this.#storage.rollback();
    const lost = [...group, ...this.#queue.splice(0)];
    if (durable !== undefined) {
      this.#followers.retract(durable, cause);
      this.#followers.durable(durable);
    }
    this.#isCommitting = false;
    this.#tryAgain(lost, cause);
  }

  /** Puts entries back for another attempt, or rejects them when that is hopeless. */
  #tryAgain(entries: readonly Entry[], cause: unknown): void {
    const now = this.#clock.monotonic();
    this.#busySince ??= now;
    if (this.#storage.isTransient(cause) && now - this.#busySince <= this.#busyLimitMs) {
      this.#queue = [...entries, ...this.#queue];
      this.#isScheduled = true;
      this.#wait(this.#retryDelayMs, () => this.#commit());
      this.#retryDelayMs = Math.min(this.#retryDelayMs * 2, LAST_RETRY_MS);
      return;
    }
    this.#busySince = undefined;
    const error = this.#storage.explain(cause);
    for (const entry of entries) entry.reject(error);
    if (this.#queue.length > 0) this.#schedule();
  }
}

/** The most entries in one commit, but for what is added in its last round; the rest waits for the next. */
const GROUP_LIMIT = 4096;
/** A commit of another process takes less than a millisecond, and whoever waits much longer than others finds no gap. */
const FIRST_RETRY_MS = 1;
const LAST_RETRY_MS = 8;
