import { createInbox, type Msg, type Subscription } from '@nats-io/transport-node';
import { messageTooLarge, natsRefused, natsUnreachable, storageClosed, storageFull } from '../../errors.ts';
import type { Position } from '../../ports/event-log.ts';
import type { NatsLink } from './connection.ts';
import { readAnswer } from './publish-answer.ts';
import type { EncodedRecord } from './record-codec.ts';

/**
 * Publishes to a stream, many at a time, in the order of the calls.
 *
 * 1. Messages are acknowledged to their authors in the order of the calls.
 * 2. When one is not acknowledged (the connection is lost, JetStream is not ready, no answer comes), it and everything after it is
 *    sent again, in order, first one alone. So a message may be in the stream twice; its last position is its author's.
 * 3. One that makes no way for ten seconds rejects with NATS_UNREACHABLE; it may be in the stream all the same.
 */
export class Publisher {
  readonly #link: NatsLink;
  readonly #inbox: string;
  readonly #acks: Subscription;
  readonly #forget: () => void;
  /** What no author knows the end of yet, in the order of the calls. */
  readonly #pending = new Map<number, Pending>();
  #lastNumber = 0;
  #firstNumber = 1;
  /** The next to send; everything pending before it is under way. */
  #nextToSend = 1;
  /** Counts the times that everything was sent again: answers to earlier sendings must not count twice. */
  #round = 0;
  #isProbing = false;
  #isWaiting = false;
  #progressAt = 0;
  #sentAgainAt = 0;
  #retryDelayMs = FIRST_RETRY_MS;
  #isWatching = false;
  #closing: PromiseWithResolvers<void> | undefined;

  constructor(link: NatsLink) {
    this.#link = link;
    this.#inbox = createInbox(link.inboxPrefix);
    this.#acks = link.nc.subscribe(`${this.#inbox}.*`, {
      callback: (error, message) => {
        if (error === null) this.#answered(message);
      },
    });
    this.#forget = link.listen({
      disconnected: () => this.#sendAgain(),
      reconnected: () => this.#retry(),
      refused: ({ operation, subject }) => {
        if (operation === 'publish') this.#refused(subject);
      },
    });
    void link.nc.closed().then(() => this.#rejectAll());
  }

  /** Whether anything is on its way. */
  get isBusy(): boolean {
    return this.#pending.size > 0;
  }

  /**
   * Resolves with the message's position once the server has stored it.
   *
   * Rejects with MESSAGE_TOO_LARGE (nothing was sent), STORAGE_FULL, STORAGE_CLOSED, NATS_REFUSED or NATS_UNREACHABLE. `what` is
   * what such an error calls the message.
   */
  publish({ subject, payload }: EncodedRecord, what: string): Promise<Position> {
    const { maxPayload } = this.#link;
    if (payload.byteLength > maxPayload) {
      return Promise.reject(messageTooLarge(what, payload.byteLength, maxPayload));
    }
    if (this.#closing !== undefined || this.#link.isClosed) return Promise.reject(storageClosed());
    return new Promise((resolve, reject) => {
      const now = this.#link.clock.monotonic();
      if (this.#pending.size === 0) this.#progressAt = now;
      this.#lastNumber += 1;
      const entry = { subject, payload, since: now, position: undefined, resolve, reject };
      this.#pending.set(this.#lastNumber, entry);
      this.#watch();
      this.#send();
    });
  }

  /** Waits for what is under way; what is published later rejects. */
  async close(): Promise<void> {
    if (this.#closing === undefined) {
      this.#closing = Promise.withResolvers();
      if (this.#pending.size === 0) this.#end();
    }
    await this.#closing.promise;
  }

  #send(): void {
    if (this.#isWaiting || !this.#link.isConnected) return;
    const window = this.#isProbing ? 1 : WINDOW;
    while (this.#nextToSend <= this.#lastNumber) {
      const entry = this.#pending.get(this.#nextToSend);
      if (entry !== undefined) {
        if (this.#nextToSend - this.#front() >= window) return;
        const reply = `${this.#inbox}.${this.#round}-${this.#nextToSend}`;
        try {
          this.#link.nc.publish(entry.subject, entry.payload, { reply });
        } catch {
          return; // the connection ends; whoever waits is told by that
        }
      }
      this.#nextToSend += 1;
    }
  }

  #answered(message: Msg): void {
    const [round, number] = message.subject
      .slice(this.#inbox.length + 1)
      .split('-')
      .map(Number);
    const entry = this.#pending.get(number ?? 0);
    if (entry === undefined) return;
    // A late answer to an earlier sending may place the first one, but nothing that stands behind one which is sent again.
    if (round !== this.#round && number !== this.#front()) return;
    const answer = readAnswer(message);
    if (answer.kind === 'transient') {
      if (round === this.#round) this.#sendAgain();
      return;
    }
    if (answer.kind === 'stored') entry.position = answer.position;
    else {
      this.#pending.delete(number ?? 0);
      const { shown } = this.#link;
      entry.reject(
        answer.kind === 'full'
          ? storageFull(`the JetStream store of ${shown}`, new Error(answer.reason))
          : natsRefused(shown, answer.reason),
      );
    }
    this.#progress();
  }

  #progress(): void {
    this.#progressAt = this.#link.clock.monotonic();
    this.#isProbing = false;
    this.#retryDelayMs = FIRST_RETRY_MS;
    this.#settle();
    this.#send();
  }

  /** Tells those at the front whose end is known. */
  #settle(): void {
    for (let number = this.#front(); number <= this.#lastNumber; number = this.#front()) {
      const entry = this.#pending.get(number);
      if (entry?.position === undefined) break;
      this.#pending.delete(number);
      entry.resolve(entry.position);
    }
    if (this.#pending.size === 0 && this.#closing !== undefined) this.#end();
  }

  /** The number of the first that is pending, or that the next one will get. */
  #front(): number {
    while (this.#firstNumber <= this.#lastNumber && !this.#pending.has(this.#firstNumber))
      this.#firstNumber += 1;
    return this.#firstNumber;
  }

  /** Everything that is not told yet goes out once more, a little later. */
  #sendAgain(): void {
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    this.#round += 1;
    this.#isProbing = true;
    for (const entry of this.#pending.values()) entry.position = undefined;
    this.#nextToSend = this.#front();
    if (!this.#link.isConnected) return;
    const delayMs = this.#retryDelayMs;
    this.#retryDelayMs = Math.min(2 * delayMs, LONGEST_RETRY_MS);
    this.#link.clock.schedule(delayMs, () => this.#retry());
  }

  #retry(): void {
    this.#isWaiting = false;
    this.#sentAgainAt = this.#link.clock.monotonic();
    this.#send();
  }

  /** Looks from time to time for what makes no way; one timer for all that is pending. */
  #watch(): void {
    if (this.#isWatching) return;
    this.#isWatching = true;
    this.#link.clock.schedule(WATCH_MS, () => {
      this.#isWatching = false;
      if (this.#pending.size === 0) return;
      this.#expire();
      this.#send();
      const silentMs = this.#link.clock.monotonic() - Math.max(this.#progressAt, this.#sentAgainAt);
      if (silentMs > ANSWER_LIMIT_MS && this.#link.isConnected) this.#sendAgain();
      if (this.#pending.size > 0) this.#watch();
    });
  }

  #expire(): void {
    const now = this.#link.clock.monotonic();
    for (const [number, { since, reject }] of this.#pending) {
      if (now - Math.max(since, this.#progressAt) < GIVE_UP_MS) break;
      this.#pending.delete(number);
      reject(natsUnreachable(this.#link.shown, 'it does not acknowledge what is written'));
    }
    this.#settle();
  }

  #refused(subject: string): void {
    let isAny = false;
    for (const [number, entry] of this.#pending) {
      if (number >= this.#nextToSend || entry.subject !== subject) continue;
      this.#pending.delete(number);
      isAny = true;
      entry.reject(natsRefused(this.#link.shown, `this user may not publish to ${subject}`));
    }
    if (isAny) this.#progress();
  }

  #rejectAll(): void {
    for (const [number, { reject }] of this.#pending) {
      this.#pending.delete(number);
      reject(storageClosed());
    }
    this.#settle();
  }

  #end(): void {
    this.#forget();
    if (!this.#link.nc.isClosed()) this.#acks.unsubscribe();
    this.#closing?.resolve();
  }
}

interface Pending {
  readonly subject: string;
  readonly payload: Uint8Array;
  readonly since: number;
  /** Where it is, when the server has told but an earlier one is not known yet. */
  position: Position | undefined;
  readonly resolve: (position: Position) => void;
  readonly reject: (error: unknown) => void;
}

/** So many messages are under way at once. */
const WINDOW = 2_048;
const FIRST_RETRY_MS = 50;
const LONGEST_RETRY_MS = 1_000;
const WATCH_MS = 250;
/** So long without any answer, and everything is sent again. */
const ANSWER_LIMIT_MS = 3_000;
const GIVE_UP_MS = 10_000;
