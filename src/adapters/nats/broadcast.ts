import { connect, type NatsConnection } from '@nats-io/transport-node';
import { parseNatsAddress } from './address.ts';
import type { NatsLink } from './connection.ts';
import { connectionOptions, inboxPrefixOf, type NatsOptions } from './connection-options.ts';
import { natsFailure } from './failures.ts';

/**
 * What is said to whoever listens, on a connection of its own. When a subscriber does not read, a server holds up the connections whose
 * messages it is to get; before 2.11 by 100 ms and more for each message, until the subscriber took nothing for ten seconds
 * (https://github.com/nats-io/nats-server/issues/5394). No claim, heartbeat or record may wait for that.
 *
 * What the server does not take in time is dropped: nobody is promised to hear it.
 */
export class Broadcast {
  readonly #link: NatsLink;
  readonly #nc: NatsConnection;
  /** Since the server was asked whether it keeps up. */
  #toldBytes = 0;
  #isAsking = false;

  /** @throws NATS_UNREACHABLE, NATS_REFUSED */
  static async open(link: NatsLink, options: NatsOptions): Promise<Broadcast> {
    const address = parseNatsAddress(options.url);
    try {
      return new Broadcast(link, await connect(connectionOptions(options, address, inboxPrefixOf(address))));
    } catch (error) {
      throw natsFailure(address.shown, error);
    }
  }

  private constructor(link: NatsLink, nc: NatsConnection) {
    this.#link = link;
    this.#nc = nc;
  }

  tell(subject: string, content: string): void {
    if (this.#isAsking && this.#toldBytes > MOST_BYTES) {
      this.#link.logger.debug({ subject }, 'the NATS server does not keep up with what is told');
      return;
    }
    try {
      this.#nc.publish(subject, content);
    } catch (error) {
      this.#link.logger.debug({ subject, error: String(error) }, 'a NATS message was not sent');
      return;
    }
    this.#toldBytes += content.length;
    if (this.#toldBytes > ASK_BYTES && !this.#isAsking) void this.#ask();
  }

  /** What was told is sent first, unless the server does not take it. */
  async close(): Promise<void> {
    const isTaken = Promise.withResolvers<void>();
    const cancel = this.#link.clock.schedule(DRAIN_LIMIT_MS, isTaken.resolve);
    this.#nc.drain().then(isTaken.resolve, isTaken.resolve);
    await isTaken.promise;
    cancel();
    await this.#nc.close();
  }

  /** The server answers when it has taken all that was told before. */
  async #ask(): Promise<void> {
    this.#isAsking = true;
    this.#toldBytes = 0;
    // Without a connection there is nobody to keep up.
    await this.#nc.flush().catch(() => undefined);
    this.#isAsking = false;
  }
}

const ASK_BYTES = 256 * 1024;
const MOST_BYTES = 4 * 1024 * 1024;
const DRAIN_LIMIT_MS = 1_000;
