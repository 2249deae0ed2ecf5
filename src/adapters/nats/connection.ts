import {
  type JetStreamClient,
  type JetStreamManager,
  type JetStreamManagerOptions,
  jetstream,
} from '@nats-io/jetstream';
import { connect, errors, type NatsConnection, type PermissionViolationError } from '@nats-io/transport-node';
import type { Clock } from '../../ports/clock.ts';
import type { Random } from '../../ports/random.ts';
import { parseNatsAddress } from './address.ts';
import { connectionOptions, inboxPrefixOf, type NatsLogger, type NatsOptions } from './connection-options.ts';
import { natsFailure } from './failures.ts';
import { Subjects } from './subjects.ts';
import { refuseUnsuitable } from './suitable.ts';

export type { NatsLogger, NatsOptions } from './connection-options.ts';

/** What happens to a connection after it was made. */
export interface LinkListener {
  disconnected?(): void;
  reconnected?(): void;
  /** The server refused a publish or a subscription to this subject. */
  refused?(error: PermissionViolationError): void;
}

/**
 * One connection to NATS and what everything on it needs. Once made it is kept for ever: it reconnects by itself, and what was
 * under way is for its author to repeat.
 */
export class NatsLink implements AsyncDisposable {
  readonly nc: NatsConnection;
  readonly js: JetStreamClient;
  /** Asks for nothing by itself: agents may not see the account. */
  readonly jsm: JetStreamManager;
  readonly subjects: Subjects;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: NatsLogger;
  /** The servers as they were named, without credentials. */
  readonly shown: string;
  /** What inboxes begin with: users may listen to their own only. */
  readonly inboxPrefix: string;
  readonly #listeners = new Set<LinkListener>();
  #maxPayload: number;
  #serverVersion: string;
  #isConnected = true;
  #closing: Promise<void> | undefined;

  /** @throws NATS_UNREACHABLE, NATS_REFUSED, NATS_UNSUITABLE, NAMESPACE_INVALID */
  static async connect(options: NatsOptions): Promise<NatsLink> {
    const subjects = new Subjects(options.namespace ?? 'default');
    const address = parseNatsAddress(options.url);
    const inboxPrefix = inboxPrefixOf(address);
    let nc: NatsConnection;
    try {
      nc = await connect(connectionOptions(options, address, inboxPrefix));
    } catch (error) {
      throw natsFailure(address.shown, error);
    }
    try {
      await refuseUnsuitable(nc, address.shown);
      // Without the check of the account, which few users may ask for; the client hands its options on to what it makes.
      const asked: JetStreamManagerOptions = { checkAPI: false, timeout: REQUEST_TIMEOUT_MS };
      const js = jetstream(nc, asked);
      const jsm = await js.jetstreamManager(false);
      return new NatsLink({ options, nc, js, jsm, subjects, shown: address.shown, inboxPrefix });
    } catch (error) {
      await nc.close();
      throw error;
    }
  }

  private constructor(made: Made) {
    const { options, nc } = made;
    this.nc = nc;
    this.js = made.js;
    this.jsm = made.jsm;
    this.subjects = made.subjects;
    this.clock = options.clock;
    this.random = options.random;
    this.logger = options.logger ?? silent;
    this.shown = made.shown;
    this.inboxPrefix = made.inboxPrefix;
    this.#maxPayload = nc.info?.max_payload ?? DEFAULT_MAX_PAYLOAD;
    this.#serverVersion = nc.info?.version ?? '';
    void this.#watch();
  }

  /** Bytes that the server takes in one message. */
  get maxPayload(): number {
    return this.#maxPayload;
  }

  get serverVersion(): string {
    return this.#serverVersion;
  }

  /** Whether the server is a member of a cluster. */
  get isClustered(): boolean {
    return this.nc.info?.cluster !== undefined;
  }

  get isConnected(): boolean {
    return this.#isConnected && !this.isClosed;
  }

  get isClosed(): boolean {
    return this.#closing !== undefined || this.nc.isClosed();
  }

  /** Returns how to stop listening. */
  listen(listener: LinkListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  onReconnect(reconnected: () => void): () => void {
    return this.listen({ reconnected });
  }

  /** Sends what is still to be sent, for at most two seconds, then ends the connection. May be called twice. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    if (this.nc.isClosed()) return;
    await new Promise<void>((resolve) => {
      const cancel = this.clock.schedule(DRAIN_LIMIT_MS, resolve);
      // What cannot be sent any more is not ours to report: whoever waits for it is rejected.
      this.nc.drain().then(resolve, () => resolve());
      void this.nc.closed().then(() => cancel());
    });
    await this.nc.close();
  }

  async #watch(): Promise<void> {
    for await (const status of this.nc.status()) {
      if (status.type === 'disconnect') {
        this.#isConnected = false;
        if (!this.isClosed) this.logger.warn({ server: this.shown }, 'the connection to NATS was lost');
        this.#tell((listener) => listener.disconnected?.());
      } else if (status.type === 'reconnect') {
        this.#isConnected = true;
        this.#maxPayload = this.nc.info?.max_payload ?? this.#maxPayload;
        this.#serverVersion = this.nc.info?.version ?? this.#serverVersion;
        this.logger.info({ server: this.shown }, 'connected to NATS again');
        this.#tell((listener) => listener.reconnected?.());
      } else if (status.type === 'error') {
        const { error } = status;
        this.logger.error({ server: this.shown, error: error.message }, 'NATS refused');
        if (error instanceof errors.PermissionViolationError)
          this.#tell((listener) => listener.refused?.(error));
      }
    }
  }

  #tell(call: (listener: LinkListener) => void): void {
    for (const listener of [...this.#listeners]) call(listener);
  }
}

interface Made {
  readonly options: NatsOptions;
  readonly nc: NatsConnection;
  readonly js: JetStreamClient;
  readonly jsm: JetStreamManager;
  readonly subjects: Subjects;
  readonly shown: string;
  readonly inboxPrefix: string;
}

const REQUEST_TIMEOUT_MS = 5_000;
const DRAIN_LIMIT_MS = 2_000;
const DEFAULT_MAX_PAYLOAD = 1_048_576;

const silent: NatsLogger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
