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
import { Committer, type CommitterOptions } from './committer.ts';
import { Followers } from './followers.ts';
import type { ExecutionEnd, LogStorage } from './storage.ts';

export interface GroupedLogOptions
  extends Pick<CommitterOptions, 'storage' | 'clock' | 'wait' | 'busyLimitMs'> {
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
  readonly #report: (error: TroupeError) => void;
  readonly #followers: Followers;
  readonly #committer: Committer;
  #isReading = false;
  #isClosed = false;

  constructor({ storage, clock, wait, busyLimitMs, report = () => undefined }: GroupedLogOptions) {
    this.#storage = storage;
    this.#clock = clock;
    this.#wait = wait;
    this.#report = report;
    this.#followers = new Followers(storage, (error) =>
      // What a follower throws is a fault in the program, and must not pass in silence.
      clock.soon(() => {
        throw error;
      }),
    );
    this.#committer = new Committer({
      storage,
      clock,
      wait,
      busyLimitMs,
      followers: this.#followers,
      onBehind: () => this.wake(),
    });
  }

  append(record: NewRecord): Promise<LogRecord> {
    return new Promise((resolve, reject) => {
      // The text is made now: it is what was meant at the call, and what is no JSON fails alone.
      this.#committer.add({ record, json: JSON.stringify(record.data), written: undefined, resolve, reject });
    });
  }

  /** Runs `work`, one statement, inside the next commit, in order with the appends around it; resolves with its result once durable. */
  transact<T>(work: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#committer.add({ work, outcome: undefined, resolve: resolve as (value: unknown) => void, reject });
    });
  }

  read(execution: string, options: ReadOptions = {}): Promise<readonly LogRecord[]> {
    return this.#outsideCommit(() => this.#storage.read(execution, options));
  }

  head(): Promise<Position> {
    return this.#outsideCommit(() => this.#storage.head().position);
  }

  executions(after: Position = 0): Promise<readonly ExecutionEnd[]> {
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

  /** Writes what waits, then ends all following. Calls after this reject. */
  async close(): Promise<void> {
    await this.#committer.close();
    this.#isClosed = true;
    this.#followers.clear();
  }

  #readOn(): void {
    this.#isReading = false;
    if (this.#isClosed || !this.isFollowed) return;
    let delayMs = 0;
    try {
      const head = this.#storage.head().position;
      this.#followers.catchUp(head);
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
    if (this.#committer.isCommitting) await new Promise<void>((resolve) => this.#clock.soon(resolve));
    if (this.#isClosed) throw storageClosed();
    try {
      return query();
    } catch (error) {
      throw this.#storage.explain(error);
    }
  }
}

const READ_RETRY_MS = 1_000;
