import { createHash, timingSafeEqual } from 'node:crypto';
import { hostRefused, originRefused, type TroupeError, tokenRefused } from '../../errors.ts';

/** Who may ask what, fixed when the server begins to listen. */
export interface Policy {
  /** Whether only this machine can reach the server. */
  readonly isLoopback: boolean;
  readonly port: number;
  /** Names that may stand in `Host` besides those of the loopback, lower case; one without a port also with that of the server. */
  readonly allowedHosts: readonly string[];
  readonly token: string;
}

/** The little of a request that decides whether it is let in. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly isUpgrade: boolean;
  readonly host: string | undefined;
  readonly origin: string | undefined;
  readonly fetchSite: string | undefined;
  /** A browser opens it as a page of its own. */
  readonly isNavigation: boolean;
  readonly authorization: string | undefined;
  /** Of a WebSocket: the subprotocols that the client offers. */
  readonly protocols: string | undefined;
}

/**
 * Why a request is refused; undefined when it may pass.
 *
 * 1. `Host` is exactly one of this server's names, so a name that an attacker points to this machine opens nothing (DNS rebinding).
 * 2. `Origin`, where a browser sends one, is this server's own; what a browser says comes from another site is refused, also a
 *    `GET` that only reads. Only the page itself may be opened by a link.
 * 3. The token is needed for whatever changes something, for every socket, and for everything when others than this machine can connect;
 *    the page itself and {@link OPEN_PATHS} are for all, since a browser cannot send a token with them.
 */
export function refusalOf(asked: Asked, policy: Policy): TroupeError | undefined {
  if (!isOwnHost(asked.host, policy)) return hostRefused(asked.host);
  if (!isOwnOrigin(asked, policy)) return originRefused(asked.origin ?? 'null');
  if (!isOwnSite(asked)) return originRefused('another site');
  return needsToken(asked, policy) && !hasToken(asked, policy.token) ? tokenRefused() : undefined;
}

/** What a load balancer asks; it says nothing of what runs. */
const OPEN_PATHS: ReadonlySet<string> = new Set(['/health', '/ready']);

const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]'];

function isOwnHost(host: string | undefined, policy: Policy): boolean {
  return host !== undefined && ownHosts(policy).has(host.toLowerCase());
}

/** Every value of `Host` under which this server is known. */
function ownHosts({ port, allowedHosts }: Policy): ReadonlySet<string> {
  const loopback = LOOPBACK_NAMES.flatMap((name) =>
    port === 80 ? [name, `${name}:80`] : [`${name}:${port}`],
  );
  // What stands in front of this server may listen on another port, or on that of HTTPS, which has none in `Host`.
  const allowed = allowedHosts.flatMap((name) => (hasPort(name) ? [name] : [name, `${name}:${port}`]));
  return new Set([...loopback, ...allowed]);
}

function hasPort(name: string): boolean {
  return /:\d+$/.test(name);
}

/** The page of one name may only ask under the same. */
function isOwnOrigin({ origin, host }: Asked, { allowedHosts }: Policy): boolean {
  // Browsers send it with every socket and every change; other programs need not.
  if (origin === undefined) return true;
  if (host === undefined) return false;
  const own = host.toLowerCase();
  const given = origin.toLowerCase();
  if (given === `http://${own}`) return true;
  // Something in front of it may speak TLS for an allowed name.
  const isAllowed = allowedHosts.includes(own) || allowedHosts.includes(own.replace(/:\d+$/, ''));
  return isAllowed && given === `https://${own}`;
}

/** A link on another site may open the page, which holds nothing; it may not ask anything. */
function isOwnSite({ fetchSite, isNavigation, method, path }: Asked): boolean {
  if (fetchSite === undefined || fetchSite === 'same-origin' || fetchSite === 'none') return true;
  return isNavigation && method === 'GET' && !isData(path);
}

function needsToken({ method, path, isUpgrade }: Asked, { isLoopback }: Policy): boolean {
  if (isUpgrade) return true;
  if (method !== 'GET' && method !== 'HEAD') return true;
  if (isLoopback || OPEN_PATHS.has(path)) return false;
  return isData(path);
}

/** Everything but the files of the page. */
function isData(path: string): boolean {
  return path.startsWith('/api/') || MACHINE_PATHS.has(path) || OPEN_PATHS.has(path);
}

/** Told to programs, which can send a token. */
const MACHINE_PATHS: ReadonlySet<string> = new Set(['/metrics', '/graphql', '/openapi.json']);

function hasToken({ authorization, protocols, isUpgrade }: Asked, token: string): boolean {
  const bearer = /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
  if (bearer !== undefined && isEqual(bearer, token)) return true;
  if (!isUpgrade) return false;
  const offered = (protocols ?? '').split(',').map((protocol) => protocol.trim());
  return offered.some((protocol) => {
    return protocol.startsWith(TOKEN_PROTOCOL) && isEqual(protocol.slice(TOKEN_PROTOCOL.length), token);
  });
}

const TOKEN_PROTOCOL = 'troupe.bearer.';

/** In a time that says nothing of where they differ, nor of the length. */
function isEqual(given: string, token: string): boolean {
  return timingSafeEqual(sha256(given), sha256(token));
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
