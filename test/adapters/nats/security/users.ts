import { join } from 'node:path';
import { connect, errors, type NatsConnection } from '@nats-io/transport-node';
import { onTestFinished } from 'vitest';
import { NatsLink, type NatsOptions } from '../../../../src/adapters/nats/connection.ts';
import { systemClock } from '../../../../src/adapters/system/clock.ts';
import { systemRandom } from '../../../../src/adapters/system/random.ts';
import type { NatsServer } from '../../../fixtures/nats/server.ts';

export const ROOT = join(import.meta.dirname, '../../../..');

/** The server configuration that ships. */
export const NATS_CONF = join(ROOT, 'nats.conf');

export const EXAMPLES = join(ROOT, 'examples/nats');

/** The variables that nats.conf names, for its three users. */
export const VARIABLES = {
  TROUPE_ORCHESTRATOR_PASSWORD: 'orchestrator-password',
  TROUPE_AGENT_PASSWORD: 'agent-password',
  TROUPE_VIEWER_PASSWORD: 'viewer-password',
};

/** For a user whose password is its name and `-password`. */
export function urlOf(server: NatsServer, user: string): string {
  return `nats://${user}:${user}-password@127.0.0.1:${server.port}`;
}

/** The adapter's own connection; ends with the test. */
export async function linkOf(
  server: NatsServer,
  user: string,
  options: Partial<NatsOptions> = {},
): Promise<NatsLink> {
  const url = urlOf(server, user);
  const link = await NatsLink.connect({ url, clock: systemClock, random: systemRandom, ...options });
  onTestFinished(() => link.close());
  return link;
}

/** What the server would not let a client do, in its own words: `publish troupe.…`. */
export interface Refusals {
  readonly seen: readonly string[];
  /** Resolves with the next one that nobody waited for yet. */
  next(): Promise<string>;
}

/** A client as somebody would write it in any language: of Troupe it knows the subjects only. Ends with the test. */
export async function foreignClient(
  server: NatsServer,
  user: string,
): Promise<{ nc: NatsConnection; refusals: Refusals }> {
  const nc = await connect({
    servers: `127.0.0.1:${server.port}`,
    user,
    pass: `${user}-password`,
    inboxPrefix: `_INBOX_${user}`,
    reconnect: false,
  });
  onTestFinished(() => nc.close());
  return { nc, refusals: refusalsOf(nc) };
}

function refusalsOf(nc: NatsConnection): Refusals {
  const seen: string[] = [];
  const waiting: ((refusal: string) => void)[] = [];
  let taken = 0;
  void (async () => {
    for await (const status of nc.status()) {
      if (status.type !== 'error' || !(status.error instanceof errors.PermissionViolationError)) continue;
      const { operation, subject } = status.error;
      seen.push(`${operation} ${subject}`);
      const waiter = waiting.shift();
      if (waiter === undefined) continue;
      taken += 1;
      waiter(`${operation} ${subject}`);
    }
  })();
  const next = (): Promise<string> => {
    const present = seen[taken];
    if (present === undefined) return new Promise((resolve) => waiting.push(resolve));
    taken += 1;
    return Promise.resolve(present);
  };
  return { seen, next };
}
