import { storageClosed, type TroupeError } from '../../errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type {
  EventLog,
  LogFollower,
  LogRecord,
  NewRecord,
  Position,
  ReadOptions,
  Subscription,
} from '../../ports/event-log.ts';
import { Followers } from './followers.ts';
import type { ExecutionEnd, LogHead, LogStorage } from './storage.ts';

export interface GroupedLogOptions {
  readonly storage: LogStorage;
  readonly clock: Clock;
  /** Runs `callback` after `delayMs`, and keeps the process alive until then: an append is waiting for it. */
  readonly wait: (delayMs: number, callback: () => void) => void;
  /** How long a commit that finds the storage busy is tried again. Default 60,000 ms. */
  readonly busyLimitMs?: number | undefined;
  /** Hears what kept followers from reading on; they try again. */
  readonly report?: ((error: TroupeError) => void) | undefined;
}

/**
 * A log that writes in groups: what is appended in one turn of the event loop, and what followers append while they fold it,
 * becomes one commit.
 *
 * 1. Order of `append` calls is order in the log. A commit that is tried again keeps the order and the ids.
 * 2. A live follower folds a record inside the commit that writes it; `durable` or `retracted` follows before the turn ends.
 * 3. Records that another process wrote in between are folded before our own.
 * 4. When a commit fails, followers are taken back to what is durable. A transient cause: the same records, those appended
 *    by followers included, are tried again and folded anew. Any other cause: their appends reject.
 */
export class GroupedLog implements EventLog {
  readonly #storage: LogStorage;
  readonly #clock: Clock;
  readonly #wait: GroupedLogOptions['wait'];
  readonly #busyLimitMs: number;
  readonly #report: (error: TroupeError) => void;
  readonly #followers: Followers;
  #queue: Entry[] = [];
  #isScheduled = false;
  #isCommitting = false;
  #isReading = false;
  #isClosed = false;
  #busySince: number | undefined;
  #retryDelayMs = FIRST_RETRY_MS;

  constructor({ storage, clock, wait, busyLimitMs = 60_000, report = () => undefined }: GroupedLogOptions) {
    this.#storage = storage;
    this.#clock = clock;
    this.#wait = wait;
    this.#busyLimitMs = busyLimitMs;
    this.#report = report;
    // What a follower throws is a fault in the program, and must not pass in silence.
    this.#followers = new Followers((error) =>
      clock.soon(() => {
        throw error;
      }),
    );
  }

  append(record: NewRecord): Promise<LogRecord> {
    return new Promise((resolve, reject) => {
      // The text is made now: it is what was meant at the call, and what is no JSON fails alone.
      this.#enqueue({ record, json: JSON.stringify(record.data), written: undefined, resolve, reject });
    });
  }

  /** Runs `work` inside the next commit, in order with the appends around it; resolves with its result once durable. */
  transact<T>(work: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#enqueue({ work, result: undefined, resolve: resolve as (result: unknown) => void, reject });
    });
  }

  async read(execution: string, options: ReadOptions = {}): Promise<readonly LogRecord[]> {
    return this.#outsideCommit(() => this.#storage.read(execution, options));
  }

  async head(): Promise<Position> {
    return this.#outsideCommit(() => this.#storage.head().position);
  }

  async executions(after: Position = 0): Promise<readonly ExecutionEnd[]> {
    return this.#outsideCommit(() => this.#storage.executions(after));
  }

  follow(follower: LogFollower, after: Position): Subscription {
    if (this.#isClosed) throw storageClosed();
    const subscription = this.#followers.add(follower, after);
    this.wake();
    return subscription;
  }

  /** Whether anybody follows; without, nobody needs to look for other processes' records. */
  get isFollowed(): boolean {
    return this.#followers.count > 0;
  }

  /** Another process may have appended: followers read on soon. */
  wake(): void {
    if (this.#isReading || this.#isClosed) return;
    this.#isReading = true;
    this.#clock.soon(() => this.#readOn());
  }

  /** Writes what is queued, then ends all following. Appends after this reject. */
  async close(): Promise<void> {
    const isIdle = this.#queue.length === 0;
    if (!this.#isClosed && !isIdle) await this.transact(() => undefined);
    this.#isClosed = true;
    this.#followers.clear();
  }

  #enqueue(entry: Entry): void {
    if (this.#isClosed) {
      entry.reject(storageClosed());
      return;
    }
    this.#queue.push(entry);
    if (!this.#isCommitting) this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#clock.soon(() => this.#flush());
  }

  #flush(): void {
    this.#isScheduled = false;
    if (this.#queue.length === 0) return;
    const storage = this.#storage;
    try {
      storage.begin();
    } catch (error) {
      this.#tryAgain(this.#queue.splice(0), error);
      return;
    }
    const group: Entry[] = [];
    let durable: Position | undefined;
    let head: LogHead;
    this.#isCommitting = true;
    try {
      head = storage.head();
      durable = head.position;
      this.#followers.catchUp(durable, (after, limit) => storage.readAfter(after, limit));
      while (this.#queue.length > 0 && group.length < GROUP_LIMIT) head = this.#writeRound(head, group);
      storage.commit();
    } catch (error) {
      storage.rollback();
      const lost = [...group, ...this.#queue.splice(0)];
      if (durable !== undefined) {
        this.#followers.retract(durable, error);
        this.#followers.durable(durable);
      }
      this.#isCommitting = false;
      this.#tryAgain(lost, error);
      return;
    }
    this.#isCommitting = false;
    this.#busySince = undefined;
    this.#retryDelayMs = FIRST_RETRY_MS;
    this.#followers.durable(head.position);
    for (const entry of group) settle(entry);
    if (this.#queue.length > 0) this.#schedule();
    if (this.#followers.isAnyBehind(head.position)) this.wake();
  }

  /** Writes what is queued now and hands it to the live followers, who may queue more. */
  #writeRound(head: LogHead, group: Entry[]): LogHead {
    const round = this.#queue.length > GROUP_LIMIT ? this.#queue.splice(0, GROUP_LIMIT) : this.#queue;
    if (round === this.#queue) this.#queue = [];
    const at = Math.max(head.at, this.#clock.now());
    const records: LogRecord[] = [];
    let position = head.position;
    // Before the writes: when one of them throws, the whole round counts among those to settle.
    for (const entry of round) group.push(entry);
    for (const entry of round) {
      if (entry.record === undefined) {
        entry.result = attempt(entry.work);
        continue;
      }
      const { id, execution, source, type, data } = entry.record;
      position += 1;
      const written: LogRecord = { id, execution, source, type, data, position, at };
      this.#storage.insert(written, entry.json);
      entry.written = written;
      records.push(written);
    }
    if (records.length > 0) this.#followers.fold(records, head.position);
    return { position, at };
  }

  /** Puts entries back for another attempt, or rejects them when that is hopeless. */
  #tryAgain(entries: Entry[], cause: unknown): void {
    this.#busySince ??= this.#clock.monotonic();
    const isHopeless =
      !this.#storage.isTransient(cause) || this.#clock.monotonic() - this.#busySince > this.#busyLimitMs;
    if (isHopeless) {
      this.#busySince = undefined;
      const error = this.#storage.explain(cause);
      for (const entry of entries) entry.reject(error);
      if (this.#queue.length > 0) this.#schedule();
      return;
    }
    this.#queue = [...entries, ...this.#queue];
    this.#isScheduled = true;
    this.#wait(this.#retryDelayMs, () => this.#flush());
    this.#retryDelayMs = Math.min(this.#retryDelayMs * 2, LAST_RETRY_MS);
  }

  #readOn(): void {
    this.#isReading = false;
    if (this.#isClosed || this.#followers.count === 0) return;
    let delayMs = 0;
    try {
      const head = this.#storage.head().position;
      this.#followers.catchUp(head, (after, limit) => this.#storage.readAfter(after, limit));
      this.#followers.durable(head);
      if (!this.#followers.isAnyBehind(head)) return;
    } catch (error) {
      this.#report(this.#storage.explain(error));
      delayMs = READ_RETRY_MS;
    }
    this.#isReading = true;
    this.#wait(delayMs, () => this.#readOn());
  }

  /** A follower may ask while it folds; what it then sees must not be what the commit may yet lose. */
  async #outsideCommit<T>(query: () => T): Promise<T> {
    if (this.#isCommitting) await new Promise<void>((resolve) => this.#clock.soon(resolve));
    if (this.#isClosed) throw storageClosed();
    try {
      return query();
    } catch (error) {
      throw this.#storage.explain(error);
    }
  }
}

/** The most entries in one commit, follow-ups included; the rest waits for the next. */
const GROUP_LIMIT = 4096;
/** A commit of another process takes less than a millisecond; whoever waits longer than others finds no gap. */
const FIRST_RETRY_MS = 1;
const LAST_RETRY_MS = 8;
const READ_RETRY_MS = 1_000;

type Entry = RecordEntry | WorkEntry;

interface RecordEntry {
  readonly record: NewRecord;
  readonly json: string;
  written: LogRecord | undefined;
  readonly resolve: (record: LogRecord) => void;
  readonly reject: (error: unknown) => void;
}

interface WorkEntry {
  readonly record?: undefined;
  readonly work: () => unknown;
  result: Outcome | undefined;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

type Outcome = { readonly value: unknown } | { readonly error: unknown };

function attempt(work: () => unknown): Outcome {
  try {
    return { value: work() };
  } catch (error) {
    return { error };
  }
}

function settle(entry: Entry): void {
  if (entry.record !== undefined) {
    if (entry.written !== undefined) entry.resolve(entry.written);
  } else if (entry.result !== undefined) {
    if ('error' in entry.result) entry.reject(entry.result.error);
    else entry.resolve(entry.result.value);
  }
}
