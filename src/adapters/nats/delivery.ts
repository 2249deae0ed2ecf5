import { AckPolicy, type ConsumerConfig, DeliverPolicy, ReplayPolicy } from '@nats-io/jetstream';
import { createInbox, type Msg, type MsgHdrs, type Subscription } from '@nats-io/transport-node';
import type { NatsLink } from './connection.ts';
import type { StreamMessage } from './record-codec.ts';

export interface DeliveryOptions {
  readonly stream: string;
  /** Messages after this position; or of each subject the last one only. */
  readonly from: { readonly after: number } | 'last-per-subject';
  /** Default: everything in the stream. */
  readonly filter?: string | undefined;
  /** Subjects without payloads. */
  readonly isHeadersOnly?: boolean | undefined;
  /** How often the server says that it is there when it has nothing to say. Default 1000 ms. */
  readonly heartbeatMs?: number | undefined;
}

export interface DeliveryListener {
  /** `left`: how many messages the server had behind this one when it sent it. */
  message(message: StreamMessage, left: number): void;
  /** The server has had nothing more to deliver for a while. */
  idle?(): void;
  /** The delivery has ended: nothing comes any more. Called once, never after {@link Delivery.stop}. */
  ended(reason: string): void;
}

/**
 * Messages of a stream in order, without a gap: when one is missing, or the server falls silent, the delivery ends and its owner
 * starts another where it stood. It is a push consumer without acknowledgements, whose flow the server controls.
 */
export class Delivery {
  readonly #link: NatsLink;
  readonly #listener: DeliveryListener;
  readonly #heartbeatMs: number;
  readonly #subscription: Subscription;
  readonly #forget: () => void;
  #cancelCheck: () => void = () => undefined;
  #consumer: { readonly stream: string; readonly name: string } | undefined;
  #received = 0;
  #heardAt: number;
  #isOver = false;

  /** Resolves with how many messages there were to deliver when it began. */
  static async start(
    link: NatsLink,
    options: DeliveryOptions,
    listener: DeliveryListener,
  ): Promise<{ readonly delivery: Delivery; readonly left: number }> {
    const delivery = new Delivery(link, options, listener);
    try {
      return { delivery, left: await delivery.#create(options) };
    } catch (error) {
      delivery.stop();
      throw error;
    }
  }

  private constructor(
    link: NatsLink,
    { heartbeatMs = DEFAULT_HEARTBEAT_MS }: DeliveryOptions,
    listener: DeliveryListener,
  ) {
    this.#link = link;
    this.#listener = listener;
    this.#heartbeatMs = heartbeatMs;
    this.#heardAt = link.clock.monotonic();
    this.#subscription = link.nc.subscribe(createInbox(link.inboxPrefix), {
      callback: (error, message) => {
        if (error === null) this.#arrived(message);
        else this.#fail(error.message);
      },
    });
    this.#forget = link.listen({ disconnected: () => this.#fail('the connection was lost') });
  }

  /** When the server was last heard, on the monotonic clock. */
  get heardAt(): number {
    return this.#heardAt;
  }

  /** May be called twice. */
  stop(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#cancelCheck();
    this.#forget();
    if (this.#link.nc.isClosed()) return;
    this.#subscription.unsubscribe();
    const consumer = this.#consumer;
    if (consumer === undefined || !this.#link.isConnected) return;
    // Without it the server removes the consumer a little later.
    this.#link.jsm.consumers.delete(consumer.stream, consumer.name).catch(() => undefined);
  }

  async #create({ stream, from, filter, isHeadersOnly }: DeliveryOptions): Promise<number> {
    const config: Partial<ConsumerConfig> = {
      deliver_subject: this.#subscription.getSubject(),
      ack_policy: AckPolicy.None,
      replay_policy: ReplayPolicy.Instant,
      max_deliver: 1,
      flow_control: true,
      idle_heartbeat: this.#heartbeatMs * 1_000_000,
      mem_storage: true,
      num_replicas: 1,
      ...(from === 'last-per-subject'
        ? { deliver_policy: DeliverPolicy.LastPerSubject }
        : { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: from.after + 1 }),
      ...(filter === undefined ? {} : { filter_subject: filter }),
      ...(isHeadersOnly ? { headers_only: true } : {}),
    };
    const { name, num_pending } = await this.#link.jsm.consumers.add(stream, config);
    this.#consumer = { stream, name };
    this.#checkLater();
    // What came before the answer was counted as waiting, or not: the server takes both moments for one.
    return num_pending;
  }

  #checkLater(): void {
    if (this.#isOver) return;
    this.#cancelCheck = this.#link.clock.schedule(this.#heartbeatMs, () => {
      const silentMs = this.#link.clock.monotonic() - this.#heardAt;
      if (silentMs > MISSED_HEARTBEATS * this.#heartbeatMs) this.#fail('the server fell silent');
      else this.#checkLater();
    });
  }

  #arrived(message: Msg): void {
    if (this.#isOver) return;
    this.#heardAt = this.#link.clock.monotonic();
    const place = placeOf(message.reply);
    if (place === undefined) {
      this.#control(message);
      return;
    }
    this.#received += 1;
    if (place.delivered !== this.#received) {
      this.#fail(`message ${this.#received} did not arrive`);
      return;
    }
    const { subject, data: payload } = message;
    this.#listener.message({ subject, payload, position: place.position, at: place.at }, place.left);
  }

  /** A heartbeat, a request to say that we keep up, or that the consumer is gone. */
  #control(message: Msg): void {
    const { headers } = message;
    if (headers === undefined || headers.code !== 100) {
      this.#fail(headers?.description || 'the consumer is gone');
      return;
    }
    if (message.reply !== undefined && message.reply !== '') {
      message.respond();
      return;
    }
    const stalled = headerOf(headers, 'Nats-Consumer-Stalled');
    if (stalled !== '') this.#link.nc.publish(stalled);
    const delivered = headerOf(headers, 'Nats-Last-Consumer');
    if (delivered !== '' && Number(delivered) !== this.#received) {
      this.#fail(`${Number(delivered) - this.#received} messages did not arrive`);
    } else if (stalled === '') this.#listener.idle?.();
  }

  #fail(reason: string): void {
    if (this.#isOver) return;
    this.stop();
    this.#listener.ended(reason);
  }
}

const DEFAULT_HEARTBEAT_MS = 1_000;
const MISSED_HEARTBEATS = 3;

/** `delivered`: the count within this consumer; `position`: in the stream. */
interface Place {
  readonly delivered: number;
  readonly position: number;
  readonly at: number;
  readonly left: number;
}

/**
 * Reads `$JS.ACK.<stream>.<consumer>.<redelivered>.<position>.<delivered>.<nanoseconds>.<left>`; newer servers put domain and account
 * before the stream and a random token last.
 * https://github.com/nats-io/nats-architecture-and-design/blob/main/adr/ADR-15.md
 */
function placeOf(reply: string | undefined): Place | undefined {
  if (reply === undefined || !reply.startsWith('$JS.ACK.')) return undefined;
  const tokens = reply.split('.');
  const start = tokens.length === 9 ? 5 : 7;
  if (tokens.length < 9) return undefined;
  return {
    position: Number(tokens[start]),
    delivered: Number(tokens[start + 1]),
    at: Number(tokens[start + 2]?.slice(0, -6)),
    left: Number(tokens[start + 3]),
  };
}

function headerOf(headers: MsgHdrs, name: string): string {
  return headers.has(name) ? headers.get(name) : '';
}
