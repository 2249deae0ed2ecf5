import { AckPolicy, JetStreamApiError } from '@nats-io/jetstream';
import { createInbox, type Msg, nanos } from '@nats-io/transport-node';
import type { Consumption, Offer, OfferConsumer } from '../../ports/work-queue.ts';
import type { NatsLink } from './connection.ts';
import { offerMessage } from './messages.ts';
import { type Hearing, hear, readMessage, tell } from './wire.ts';

/**
 * One host's hold on a role: asks the role's durable consumer for exactly as many offers as there is room for.
 *
 * 1. Never more is asked for than there is room; what comes without room is given back for others at once.
 * 2. What is asked for is known from three things only: requests sent, offers that came, and the server's word that a request
 *    ended with so many unserved. When they may not agree with the server any more (connection lost, consumer gone, no word
 *    about a request that must have ended), everything begins again on a new inbox: the server forgets what was asked for on
 *    one that nobody listens to.
 *
 * Pull requests: https://github.com/nats-io/nats-architecture-and-design/blob/main/adr/ADR-13.md
 */
export class RolePull implements Consumption {
  readonly #link: NatsLink;
  readonly #consumer: OfferConsumer;
  readonly #forgetReconnects: () => void;
  #inbox: Inbox | undefined;
  /** Offers that the server still owes. */
  #asked = 0;
  /** Requests that have not ended as far as is known, oldest first: token → when its end must have come, monotonic. */
  readonly #requests = new Map<string, number>();
  #requestCount = 0;
  #isToppingUp = false;
  #cancelWatch: (() => void) | undefined;
  #cancelRetry: (() => void) | undefined;
  #failures = 0;
  #stopped = false;

  constructor(link: NatsLink, consumer: OfferConsumer) {
    this.#link = link;
    this.#consumer = consumer;
    this.#forgetReconnects = link.onReconnect(() => this.#begin());
    this.#begin();
  }

  /** What is asked for is still owed: whatever waited for this role has been handed out. */
  get isEmpty(): boolean {
    return this.#asked > 0;
  }

  /** All that is said within a turn leads to one request. */
  roomy(): void {
    if (this.#isToppingUp || this.#stopped) return;
    this.#isToppingUp = true;
    this.#link.clock.soon(() => {
      this.#isToppingUp = false;
      this.#topUp();
    });
  }

  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#forgetReconnects();
    this.#dropInbox();
  }

  /** On an inbox of its own, with nothing asked for; once the consumer is known to be there, asks. */
  #begin(): void {
    this.#dropInbox();
    if (this.#stopped) return;
    const subject = createInbox(this.#link.inboxPrefix);
    const inbox: Inbox = { subject, isReady: false, hearing: undefined };
    this.#inbox = inbox;
    try {
      inbox.hearing = hear(this.#link, `${subject}.*`, (message) => this.#hear(inbox, message));
    } catch (error) {
      // Closed for good; whoever closed the connection stops this as well.
      this.#link.logger.debug(
        { role: this.#consumer.role, error: String(error) },
        'offers are not asked for',
      );
      return;
    }
    void this.#makeReady(inbox);
  }

  async #makeReady(inbox: Inbox): Promise<void> {
    try {
      await makeConsumer(this.#link, this.#consumer.role);
    } catch (error) {
      if (this.#inbox === inbox) this.#beginLater(`no consumer: ${String(error)}`);
      return;
    }
    if (this.#inbox !== inbox) return;
    inbox.isReady = true;
    this.#topUp();
  }

  #beginLater(reason: string): void {
    const { clock, logger } = this.#link;
    this.#dropInbox();
    const waitMs = Math.min(FIRST_RETRY_MS * 2 ** this.#failures, LONGEST_RETRY_MS);
    this.#failures += 1;
    logger[this.#failures === LOUD_AFTER_FAILURES ? 'warn' : 'debug'](
      { role: this.#consumer.role, reason },
      'offers are asked for again in a moment',
    );
    this.#cancelRetry = clock.schedule(waitMs, () => this.#begin());
  }

  #dropInbox(): void {
    this.#cancelRetry?.();
    this.#cancelWatch?.();
    this.#cancelWatch = undefined;
    this.#requests.clear();
    this.#asked = 0;
    void this.#inbox?.hearing?.stop();
    this.#inbox = undefined;
  }

  #topUp(): void {
    const inbox = this.#inbox;
    if (inbox?.isReady !== true) return;
    const batch = Math.min(this.#consumer.room(), LARGEST_BATCH) - this.#asked;
    if (batch <= 0) return;
    const { clock, subjects } = this.#link;
    this.#requestCount += 1;
    const token = String(this.#requestCount);
    const { offerStream } = subjects;
    const request = JSON.stringify({ batch, expires: nanos(EXPIRES_MS) });
    tell(
      this.#link,
      `$JS.API.CONSUMER.MSG.NEXT.${offerStream}.${subjects.offerConsumer(this.#consumer.role)}`,
      request,
      { reply: `${inbox.subject}.${token}` },
    );
    this.#asked += batch;
    this.#requests.set(token, clock.monotonic() + EXPIRES_MS + GRACE_MS);
    this.#watch();
  }

  #hear(inbox: Inbox, message: Msg): void {
    if (message.reply?.startsWith('$JS.ACK.') === true) this.#hearOffer(inbox, message);
    else if (inbox === this.#inbox) this.#hearStatus(inbox, message);
  }

  #hearOffer(inbox: Inbox, message: Msg): void {
    const isCurrent = inbox === this.#inbox;
    if (isCurrent) this.#served();
    const offer = this.#readOffer(message);
    if (offer === undefined) {
      this.#acknowledge(message, '+TERM');
      this.#link.logger.debug({ subject: message.subject }, 'an offer that is none was dropped');
      this.roomy();
    } else if (isCurrent && this.#consumer.room() > 0) {
      this.#acknowledge(message, '+ACK');
      this.#consumer.receive(offer);
      // One that is at work here already takes no seat.
      this.roomy();
    } else {
      this.#acknowledge(message, '-NAK');
      // Or it would come back to what is still asked for here.
      if (isCurrent && this.#asked > 0) this.#begin();
    }
  }

  /** The role is the subject's, which the consumer filters; the payload says the rest. */
  #readOffer(message: Msg): Offer | undefined {
    const read = readMessage(offerMessage, message);
    if (read === undefined) return undefined;
    const { execution, step, attempt, priority, pinned, traceparent } = read;
    const { role } = this.#consumer;
    const id = `${execution}/${step}/${attempt}`;
    return { id, execution, step, attempt, role, priority, pinned, traceparent };
  }

  #acknowledge(message: Msg, word: '+ACK' | '-NAK' | '+TERM'): void {
    if (message.reply !== undefined) tell(this.#link, message.reply, word);
  }

  #hearStatus(inbox: Inbox, { subject, headers }: Msg): void {
    const code = headers?.code;
    if (code === IDLE_HEARTBEAT || headers === undefined) return;
    if (code !== REQUEST_ENDED) {
      this.#beginLater(`${code} ${headers.description}`);
      return;
    }
    if (!this.#requests.delete(subject.slice(inbox.subject.length + 1))) return;
    const unserved = Number.parseInt(headers.get('Nats-Pending-Messages'), 10);
    if (Number.isNaN(unserved)) {
      this.#begin();
      return;
    }
    this.#failures = 0;
    this.#served(unserved);
    this.#topUp();
  }

  #served(count = 1): void {
    this.#failures = 0;
    this.#asked = Math.max(0, this.#asked - count);
    if (this.#asked === 0) this.#requests.clear();
  }

  /**
   * The server says when a request expires, but not when it has been served whole. So a request without an end is of no
   * concern while nothing is asked for, and otherwise may be one that the server has lost.
   */
  #watch(): void {
    const [endsAt] = this.#requests.values();
    if (this.#cancelWatch !== undefined || endsAt === undefined) return;
    const { clock } = this.#link;
    this.#cancelWatch = clock.schedule(Math.max(0, endsAt - clock.monotonic()), () => {
      this.#cancelWatch = undefined;
      const [oldest = Number.POSITIVE_INFINITY] = this.#requests.values();
      if (oldest <= clock.monotonic()) this.#begin();
      else this.#watch();
    });
  }
}

/** Makes the durable consumer of a role unless it is there. */
async function makeConsumer({ jsm, subjects, logger }: NatsLink, role: string): Promise<void> {
  try {
    await jsm.consumers.add(subjects.offerStream, {
      durable_name: subjects.offerConsumer(role),
      filter_subject: subjects.offersOf(role),
      ack_policy: AckPolicy.Explicit,
      ack_wait: nanos(ACK_WAIT_MS),
      max_deliver: -1,
      max_waiting: MAX_WAITING,
    });
  } catch (error) {
    if (!(error instanceof JetStreamApiError && THERE_ALREADY.includes(error.code))) throw error;
    logger.debug(
      { role, error: String(error) },
      'the consumer was made with other settings and is used as it is',
    );
  }
}

interface Inbox {
  readonly subject: string;
  isReady: boolean;
  hearing: Hearing | undefined;
}

const EXPIRES_MS = 30_000;
const GRACE_MS = 5_000;
const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 5_000;
const LOUD_AFTER_FAILURES = 4;

/** A consumer with room without end still asks in portions. */
const LARGEST_BATCH = 1000;

/**
 * An offer that was handed over and not acknowledged, since its host died, goes to another host after that. Hosts acknowledge at
 * once, so it may be short; and measured with 2.9.10, an offer given back while nobody waits is not handed over again before it
 * (the one after it may come twice instead, which the claim settles).
 */
const ACK_WAIT_MS = 2_000;

/** Requests of all hosts of a role together, of which each has as many as seats at most; the server's default is 512. */
const MAX_WAITING = 8192;

const IDLE_HEARTBEAT = 100;
const REQUEST_ENDED = 408;

/**
 * "consumer already exists", and before 2.10 "… can not be updated":
 * https://github.com/nats-io/nats-server/blob/main/server/errors.json
 */
const THERE_ALREADY: readonly number[] = [10148, 10012];
