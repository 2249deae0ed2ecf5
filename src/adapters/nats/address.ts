import { natsUnreachable } from '../../errors.ts';

/** A NATS URL, taken apart so that what is secret in it stays out of what is shown. */
export interface NatsAddress {
  /** `host:port` of each server. */
  readonly servers: readonly string[];
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly token?: string | undefined;
  /** Whether the URL asks for TLS. */
  readonly isEncrypted: boolean;
  /** The servers, for people: without credentials. */
  readonly shown: string;
}

/**
 * Reads `nats://USER:PASSWORD@HOST:PORT`, also `tls://`, also several with commas between them, of which the first with credentials
 * counts. A name without a password is a token, as in NATS' own tools.
 *
 * @throws NATS_UNREACHABLE for what is no such address
 */
export function parseNatsAddress(url: string): NatsAddress {
  const parsed = url
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map(parseOne);
  const first = parsed.find((one) => one.user !== undefined);
  const servers = parsed.map(({ server }) => server);
  if (servers.length === 0) throw noAddress('an empty address');
  const isToken = first?.user !== undefined && first.password === undefined;
  return {
    servers,
    user: isToken ? undefined : first?.user,
    password: first?.password,
    token: isToken ? first.user : undefined,
    isEncrypted: parsed.some(({ isEncrypted }) => isEncrypted),
    shown: parsed.map(({ server, isEncrypted }) => `${isEncrypted ? 'tls' : 'nats'}://${server}`).join(','),
  };
}

interface OneServer {
  readonly server: string;
  readonly isEncrypted: boolean;
  readonly user: string | undefined;
  readonly password: string | undefined;
}

function parseOne(text: string): OneServer {
  const [, scheme = 'nats', rest = ''] = /^(?:([a-z]+):\/\/)?(.*)$/is.exec(text) ?? [];
  // What follows the last @ has no secrets; the rest is never shown.
  const at = rest.lastIndexOf('@');
  const host = rest.slice(at + 1);
  if (!['nats', 'tls'].includes(scheme.toLowerCase())) throw noAddress(`${scheme}://${host}`);
  let server: URL;
  try {
    server = new URL(`nats://${host}`);
  } catch {
    throw noAddress(host); // the original names nothing more
  }
  if (server.hostname === '') throw noAddress(host);
  const [name, ...secret] = at === -1 ? [] : rest.slice(0, at).split(':');
  return {
    server: `${server.hostname}:${server.port === '' ? DEFAULT_PORT : server.port}`,
    isEncrypted: scheme.toLowerCase() === 'tls',
    user: decoded(name),
    password: secret.length === 0 ? undefined : decoded(secret.join(':')),
  };
}

const DEFAULT_PORT = 4222;

/** As it is meant in a URL; a `%` that encodes nothing is itself. */
function decoded(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a password may have any characters
  }
}

function noAddress(shown: string): Error {
  return natsUnreachable(shown, 'this is no address such as nats://HOST:4222');
}
