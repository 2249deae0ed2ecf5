import { natsLogRewound } from '../../errors.ts';
import type { LogFollower, LogRecord, Position, Subscription } from '../../ports/event-log.ts';
import type { NatsLink } from './connection.ts';
import { Delivery } from './delivery.ts';
import { LogMarks } from './log-marks.ts';
import type { StreamMessage } from './record-codec.ts';
import type { StreamLog } from './stream-log.ts';

export interface LogReaderOptions {
  readonly link: NatsLink;
  readonly log: StreamLog;
  readonly follower: LogFollower;
  readonly after: Position;
  /** Only this execution's records. */
  readonly execution?: string | undefined;
  /** Default 1000 ms. */
  readonly heartbeatMs?: number | undefined;
  /** After the follower was told. */
  readonly onHanded: (records: readonly LogRecord[]) => void;
  /** It is not {@link LogReader.isPrompt} any more. */
  readonly onDelayed: () => void;
  readonly onStopped: () => void;
}

/**
 * Hands a log to a follower for as long as it wants, whatever happens to the connection and the server.
 *
 * 1. Records come in order, each once, without a gap. What arrives in one turn of the event loop is one `fold`.
 * 2. Before it reads on after an interruption it looks whether the log still holds what was handed over; when it does not, the
 *    follower is taken back to the last place known to be the same.
 */
export class LogReader implements Subscription {
  readonly execution: string | undefined;
  readonly #options: LogReaderOptions;
  readonly #marks = new LogMarks();
  /** Everything up to here was handed over, or is no record. */
  #cursor: Position;
  /** Everything up to here has arrived. */
  #arrivedTo: Position;
  /** How many messages the server had behind the last one of this delivery. */
  #left: number | undefined;
  #batch: LogRecord[] = [];
  #isFlushing = false;
  #delivery: Delivery | undefined;
  #heardAt: number;
  #isLive = false;
  #isPrompt = true;
  #hasBegun = false;
  #hasHanded = false;
  #isStopped = false;
  #retryDelayMs = FIRST_RETRY_MS;
  /** Ends what the loop waits for. */
  #wake: () => void = () => undefined;

  constructor(options: LogReaderOptions) {
    this.#options = options;
    this.execution = options.execution;
    this.#cursor = options.after;
    this.#arrivedTo = options.after;
    this.#heardAt = options.link.clock.monotonic();
    void this.#run();
  }

  get cursor(): Position {
    return this.#cursor;
  }

  /** Whether everything that was there has been handed over, and the server goes on telling what comes. */
  get isLive(): boolean {
    return this.#isLive;
  }

  /** Whether what is appended now is handed over soon: no long history comes first, and nothing was interrupted. */
  get isPrompt(): boolean {
    return this.#isPrompt;
  }

  /** When the server was last heard, on the monotonic clock. */
  get heardAt(): number {
    return this.#delivery?.heardAt ?? this.#heardAt;
  }

  async stop(): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#isLive = false;
    this.#delivery?.stop();
    this.#wake();
    this.#options.onStopped();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #run(): Promise<void> {
    const { link, log } = this.#options;
    while (!this.#isStopped) {
      let reason: string;
      try {
        await this.#verify();
        if (this.#isStopped) return;
        reason = await this.#deliver();
      } catch (error) {
        reason = error instanceof Error ? error.message : String(error);
      }
      this.#isLive = false;
      this.#delay();
      if (this.#isStopped || link.isClosed) return;
      link.logger.warn(
        { stream: log.stream, after: this.#cursor, reason },
        'reading the log was interrupted',
      );
      await this.#pause();
    }
  }

  /** Delivers until that ends, and says why it did. */
  async #deliver(): Promise<string> {
    const { link, log, execution, heartbeatMs } = this.#options;
    const ended = Promise.withResolvers<string>();
    this.#left = undefined;
    this.#wake = () => ended.resolve('stopped');
    const filter =
      execution === undefined ? undefined : link.subjects.logOfExecution(log.partition, execution);
    const { delivery, left } = await Delivery.start(
      link,
      { stream: log.stream, from: { after: this.#cursor }, filter, heartbeatMs },
      {
        message: (message, behind) => this.#arrived(message, behind),
        // What the server counts as left may be wrong where messages were taken back.
        idle: () => this.#caughtUp(),
        ended: ended.resolve,
      },
    );
    this.#delivery = delivery;
    if (this.#isStopped) delivery.stop();
    // What was there may have arrived before the answer that says how much it is.
    else if (left === 0 || this.#left === 0) this.#caughtUp();
    else if (left > SHORT_HISTORY && !this.#isLive) this.#delay();
    const reason = await ended.promise;
    this.#heardAt = delivery.heardAt;
    this.#delivery = undefined;
    this.#flush();
    return reason;
  }

  #arrived(message: StreamMessage, left: number): void {
    this.#retryDelayMs = FIRST_RETRY_MS;
    // The server starts at its end when it is asked for what comes after that.
    if (message.position <= this.#arrivedTo || this.#isStopped) return;
    this.#arrivedTo = message.position;
    const record = this.#options.log.decode(message);
    if (record !== undefined) this.#batch.push(record);
    this.#left = left;
    if (left === 0 && this.#delivery !== undefined) this.#caughtUp();
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    this.#options.link.clock.soon(() => this.#flush());
  }

  #caughtUp(): void {
    this.#isLive = true;
    this.#isPrompt = true;
  }

  #delay(): void {
    this.#isPrompt = false;
    this.#options.onDelayed();
  }

  #flush(): void {
    this.#isFlushing = false;
    if (this.#isStopped || this.#cursor === this.#arrivedTo) return;
    const records = this.#batch;
    const last = records.at(-1);
    this.#batch = [];
    this.#cursor = this.#arrivedTo;
    this.#hasHanded = true;
    if (last !== undefined) {
      this.#marks.add({ position: last.position, record: last.id });
      this.#call((follower) => follower.fold(records));
    }
    this.#call((follower) => follower.durable(this.#cursor));
    this.#options.onHanded(records);
  }

  async #verify(): Promise<void> {
    const { log } = this.#options;
    if (!this.#hasBegun) {
      await this.#markBeginning();
      this.#hasBegun = true;
      return;
    }
    const mark = this.#marks.last;
    // One that waits for a place that the log has not reached yet has nothing to lose.
    if (mark === undefined && !this.#hasHanded) return;
    const { head } = await log.state();
    if (head >= this.#cursor && (mark === undefined || (await log.holds(mark)))) return;
    const kept = Math.min(head, await this.#marks.lastKept((one) => log.holds(one)));
    if (this.#isStopped) return;
    this.#marks.cut(kept);
    this.#batch = [];
    this.#cursor = kept;
    this.#arrivedTo = kept;
    const cause = natsLogRewound(log.stream, kept);
    this.#options.link.logger.error({ stream: log.stream, kept, head }, cause.message);
    this.#call((follower) => follower.retracted(kept, cause));
  }

  /** What was read before this reader began is part of what it relies on. */
  async #markBeginning(): Promise<void> {
    const { log, after } = this.#options;
    if (after === 0) return;
    const message = await log.messageAt(after);
    const record = message === undefined ? undefined : log.decode(message);
    if (record !== undefined) this.#marks.add({ position: after, record: record.id });
  }

  /** Waits for the connection, or a little. */
  async #pause(): Promise<void> {
    const { link } = this.#options;
    const delayMs = this.#retryDelayMs;
    this.#retryDelayMs = Math.min(2 * delayMs, LONGEST_RETRY_MS);
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      if (link.isConnected) {
        link.clock.schedule(delayMs, resolve);
        return;
      }
      const forget = link.onReconnect(() => {
        forget();
        resolve();
      });
      void link.nc.closed().then(() => resolve());
    });
  }

  /** A follower that throws is broken, not the log: it is dropped, and everyone else goes on. */
  #call(callback: (follower: LogFollower) => void): void {
    if (this.#isStopped) return;
    try {
      callback(this.#options.follower);
    } catch (error) {
      void this.stop();
      // What a follower throws is a fault in the program, and must not pass in silence.
      this.#options.link.clock.soon(() => {
        throw error;
      });
    }
  }
}

/** So many records are handed over in no time. */
const SHORT_HISTORY = 1_000;
const FIRST_RETRY_MS = 50;
const LONGEST_RETRY_MS = 1_000;
