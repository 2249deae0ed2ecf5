import { readFileSync } from 'node:fs';
import { credsAuthenticator, type NodeConnectionOptions, type TlsOptions } from '@nats-io/transport-node';
import { natsUnreachable } from '../../errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Random } from '../../ports/random.ts';
import type { NatsAddress } from './address.ts';
import { identityCheckFor } from './server-identity.ts';

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

export const CONNECT_TIMEOUT_MS = 5_000;

/** What the client is told, which keeps its connection for ever. */
export function connectionOptions(
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
    ...(isEncrypted ? { tls: tlsOptions({ caFile: ca, certFile: cert, keyFile: key }, address) } : {}),
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

/** The client hands what it does not know on to `tls.connect`. */
function tlsOptions(files: TlsOptions, { servers }: NatsAddress): TlsOptions {
  const checkServerIdentity = identityCheckFor(servers);
  return checkServerIdentity === undefined ? files : Object.assign(files, { checkServerIdentity });
}

function readCredentials(path: string, shown: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    throw natsUnreachable(shown, `the credentials in ${path} cannot be read`, error);
  }
}

/** Users may listen to their own inboxes only. */
export function inboxPrefixOf({ user }: NatsAddress): string {
  return user === undefined ? '_INBOX' : `_INBOX_${user.replaceAll(/[^A-Za-z0-9_-]/g, '_')}`;
}
