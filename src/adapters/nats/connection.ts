import { readFileSync } from 'node:fs';
import {
  type JetStreamClient,
  type JetStreamManager,
  type JetStreamManagerOptions,
  jetstream,
} from '@nats-io/jetstream';
import {
  connect,
  credsAuthenticator,
  errors,
  type NatsConnection,
  type NodeConnectionOptions,
  type PermissionViolationError,
} from '@nats-io/transport-node';
import { natsUnreachable, natsUnsuitable } from '../../errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Random } from '../../ports/random.ts';
import { type NatsAddress, parseNatsAddress } from './address.ts';
import { jetStreamMissing, natsFailure } from './failures.ts';
import { Subjects } from './subjects.ts';

export interface NatsOptions {
  /** `nats://USER:PASSWORD@HOST:PORT` or `tls://…`; several with commas between them. */
  readonly url: string;
  /** Default `default`. */
  readonly namespace?: string | undefined;
  /** How many partitions a namespace gets that does not exist yet. Default 8. */
  readonly partitions?: number | undefined;
  /** The client's name, as the server shows it. Default `troupe`. */
  readonly name?: string | undefined;
  /** Path of a `.creds` file. */
  readonly credentials?: string | undefined;
  /** Path of the certificates that the server's is checked with. */
  readonly ca?: string | undefined;
  /** Paths of the client's certificate and its key. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger?: NatsLogger | undefined;
}

/** Where the adapter tells an operator what it cannot tell a caller. A pino logger fits. */
export interface NatsLogger {
  debug(details: object, message: string): void;
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}

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

const CONNECT_TIMEOUT_MS = 5_000;
const REQUEST_TIMEOUT_MS = 5_000;
const DRAIN_LIMIT_MS = 2_000;
const DEFAULT_MAX_PAYLOAD = 1_048_576;

function connectionOptions(
  options: NatsOptions,
  address: NatsAddress,
  inboxPrefix: string,
): NodeConnectionOptions {
  const { name = 'troupe', ca, cert, key } = options;
  const isEncrypted = address.isEncrypted || ca !== undefined || cert !== undefined;
  return {
    servers: [...address.servers],
    name,
    inboxPrefix,
    user: address.user,
    pass: address.password,
    token: address.token,
    ...(options.credentials === undefined
      ? {}
      : { authenticator: credsAuthenticator(readCredentials(options.credentials, address.shown)) }),
    ...(isEncrypted ? { tls: { caFile: ca, certFile: cert, keyFile: key } } : {}),
    timeout: CONNECT_TIMEOUT_MS,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 250,
    // A server that is told new passwords may refuse for a while what it accepts afterwards.
    ignoreAuthErrorAbort: true,
    pingInterval: 5_000,
    maxPingOut: 2,
    // Traces of every request cost more than the request.
    noAsyncTraces: true,
  };
}

function readCredentials(path: string, shown: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    throw natsUnreachable(shown, `the credentials in ${path} cannot be read`, error);
  }
}

function inboxPrefixOf({ user }: NatsAddress): string {
  return user === undefined ? '_INBOX' : `_INBOX_${user.replaceAll(/[^A-Za-z0-9_-]/g, '_')}`;
}

async function refuseUnsuitable(nc: NatsConnection, shown: string): Promise<void> {
  const version = nc.info?.version ?? '';
  if (!isAtLeast(version, 2, 9)) {
    throw natsUnsuitable(shown, `its version is ${version}`, 'Run nats-server 2.9 or newer.');
  }
  if (nc.info?.jetstream === true) return;
  // A server without JetStream may stand in a cluster that has it, so the account is asked.
  try {
    await nc.request('$JS.API.INFO', '', { timeout: CONNECT_TIMEOUT_MS });
  } catch (error) {
    if (
      error instanceof errors.NoRespondersError ||
      (error instanceof errors.RequestError && error.isNoResponders())
    ) {
      throw jetStreamMissing(shown);
    }
    // Not everybody may ask; then the first use tells.
  }
}

/** Whether a version such as `2.9.10` or `2.11.0-RC.1` is `major.minor` or newer. */
export function isAtLeast(version: string, major: number, minor: number): boolean {
  const [, ours = '0', its = '0'] = /^v?(\d+)\.(\d+)/.exec(version) ?? [];
  return Number(ours) > major || (Number(ours) === major && Number(its) >= minor);
}

const silent: NatsLogger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
