import { storageClosed } from '../../errors.ts';
import type {
  EventLog,
  FollowOptions,
  LogFollower,
  LogRecord,
  NewRecord,
  Position,
  ReadOptions,
  Subscription,
} from '../../ports/event-log.ts';
import { AppendTimes } from './append-times.ts';
import type { NatsLink } from './connection.ts';
import { ExecutionRecords } from './execution-records.ts';
import { natsFailure } from './failures.ts';
import { LogReader } from './log-reader.ts';
import { patiently } from './patience.ts';
import { Publisher } from './publisher.ts';
import { RecordCodec } from './record-codec.ts';
import { StreamLog, type WalkOptions } from './stream-log.ts';

export interface NatsLogOptions {
  readonly partition: number;
  /** Of the namespace. */
  readonly partitions: number;
  /** How often the server says that it is there when the log has nothing new. Default 1000 ms. */
  readonly heartbeatMs?: number | undefined;
}

/**
 * The log of one partition: a JetStream stream, whose sequence is the position.
 *
 * `at` is the time that the server stamped, the same for every reader; it goes back when the server's clock does, so whoever derives
 * time from it takes the maximum, as the fold does. What lies in the stream and is no record of this partition is not handed to
 * anybody, but counts as read.
 */
export class NatsLog implements EventLog {
  readonly #link: NatsLink;
  readonly #options: NatsLogOptions;
  readonly #codec: RecordCodec;
  readonly #log: StreamLog;
  readonly #records: ExecutionRecords;
  readonly #publisher: Publisher;
  readonly #readers = new Set<LogReader>();
  readonly #times: AppendTimes;
  #closing: Promise<void> | undefined;

  constructor(link: NatsLink, options: NatsLogOptions) {
    this.#link = link;
    this.#options = options;
    this.#codec = new RecordCodec(link.subjects, options.partitions);
    this.#log = new StreamLog(link, this.#codec, options.partition);
    this.#records = new ExecutionRecords(link, this.#log);
    this.#publisher = new Publisher(link);
    this.#times = new AppendTimes({
      clock: link.clock,
      readers: this.#readers,
      fetch: async (position) => (await this.#log.messageAt(position))?.at,
    });
  }

  /**
   * Resolves when the record is stored and everybody here who follows the log and keeps up has folded it.
   *
   * Rejects with MESSAGE_TOO_LARGE (nothing was sent), STORAGE_FULL, STORAGE_CLOSED or NATS_REFUSED; with NATS_UNREACHABLE after
   * ten seconds without an acknowledgement: then the record may be in the log.
   */
  async append(record: NewRecord): Promise<LogRecord> {
    const { id, execution, source, type, data } = record;
    const position = await this.#publisher.publish(this.#codec.encode(record), `The record ${type}`);
    const at = await this.#times.of(position, execution);
    return { id, execution, source, type, data, position, at };
  }

  read(execution: string, options: ReadOptions = {}): Promise<readonly LogRecord[]> {
    return this.#query(() => this.#records.read(execution, options));
  }

  head(): Promise<Position> {
    return this.#query(async () => (await this.#log.state()).head);
  }

  executions(
    after: Position = 0,
  ): Promise<readonly { readonly execution: string; readonly last: Position }[]> {
    return this.#query(() => this.#executions(after));
  }

  follow(follower: LogFollower, after: Position, { execution }: FollowOptions = {}): Subscription {
    if (this.#closing !== undefined) throw storageClosed();
    const reader: LogReader = new LogReader({
      link: this.#link,
      log: this.#log,
      follower,
      after,
      execution,
      heartbeatMs: this.#options.heartbeatMs,
      onHanded: (records) => {
        if (this.#publisher.isBusy || this.#times.isAwaited) this.#times.handed(records);
      },
      onDelayed: () => this.#times.settle(),
      onStopped: () => {
        this.#readers.delete(reader);
        this.#times.settle();
      },
    });
    this.#readers.add(reader);
    return reader;
  }

  /**
   * Whether everybody here who follows the whole log has been handed all of it, as far as the server has told. False without
   * anybody. Look at {@link heardAt}, too: a server that cannot be reached tells nothing.
   */
  get isCaughtUp(): boolean {
    const readers = this.#readersOfAll();
    return readers.length > 0 && readers.every(({ isLive }) => isLive);
  }

  /**
   * When the server was last heard by those who follow the whole log: milliseconds of the monotonic clock, of the one that waits
   * longest. A living server is heard every second. Undefined when nobody follows.
   */
  get heardAt(): number | undefined {
    const readers = this.#readersOfAll();
    return readers.length === 0 ? undefined : Math.min(...readers.map(({ heardAt }) => heardAt));
  }

  /** Waits for appends under way, then ends all following. Calls after this reject. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#publisher.close();
    await Promise.all([...this.#readers].map((reader) => reader.stop()));
    await this.#times.close();
  }

  #readersOfAll(): LogReader[] {
    return [...this.#readers].filter(({ execution }) => execution === undefined);
  }

  async #query<T>(ask: () => Promise<T>): Promise<T> {
    if (this.#closing !== undefined) throw storageClosed();
    try {
      return await patiently(this.#link, ask);
    } catch (error) {
      throw natsFailure(this.#link.shown, error);
    }
  }

  async #executions(after: Position): Promise<{ execution: string; last: Position }[]> {
    const { head, subjectCount, hasHoles } = await this.#log.state();
    if (head <= after) return [];
    const lasts = new Map<string, Position>();
    // Either every message of the tail, or of every subject the last one: what is less.
    const isShort = hasHoles || head - after <= subjectCount * 2;
    const which: WalkOptions = isShort
      ? { from: { after } }
      : { from: 'last-per-subject', filter: this.#link.subjects.logOfPartition(this.#log.partition) };
    await this.#log.walk({ ...which, isHeadersOnly: true }, ({ subject, position }) => {
      const execution = this.#log.executionOf(subject);
      if (execution !== undefined && position > after) lasts.set(execution, position);
      return position < head;
    });
    return [...lasts]
      .map(([execution, last]) => ({ execution, last }))
      .sort((one, other) => one.last - other.last);
  }
}
