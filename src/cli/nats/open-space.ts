import { join } from 'node:path';
import type { NatsOptions } from '../../adapters/nats/connection.ts';
import type { NatsSpace, SpaceRole } from '../../adapters/nats/space.ts';
import { TroupeError } from '../../errors.ts';
import { type CliContext, dataDirOf, loggerOf } from '../context.ts';
import { LocalServer } from '../nats-server/local-server.ts';
import type { NatsUser } from '../nats-server/server-folder.ts';
import type { StateOptions } from '../options.ts';
import type { StateUse } from '../state/state.ts';
import { type NatsTarget, shownUrl } from './target.ts';

/** What a command is going to do in a namespace, which decides as whom it comes to the project's own server. */
export type SpaceUse = StateUse | 'drive' | 'work';

export interface OpenSpace extends AsyncDisposable {
  readonly space: NatsSpace;
  /** For people, without credentials. */
  readonly shown: string;
  /** Only lets go of the project's own server, for who ends at once. */
  leave(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Connects to the server and opens the namespace; `auto` starts the project's own server first where it does not run.
 *
 * @param waitFor where the namespace is missing: whether to try again, once it resolves
 *
 * Throws NATS_UNREACHABLE, NATS_REFUSED, NATS_UNSUITABLE, NAMESPACE_MISSING, NATS_SERVER_MISSING, NATS_SERVER_FAILED.
 */
export async function openSpace(
  context: CliContext,
  options: StateOptions,
  target: NatsTarget,
  use: SpaceUse,
  waitFor: (missing: TroupeError) => Promise<boolean> = async () => false,
): Promise<OpenSpace> {
  const connection = await connectionTo(context, options, target, use);
  try {
    const space = await openNamespace(connection, use, waitFor);
    const close = async (): Promise<void> => {
      await space.close();
      await connection.leave();
    };
    const { leave } = connection;
    return { space, shown: shownUrl(connection.options.url), leave, close, [Symbol.asyncDispose]: close };
  } catch (error) {
    await connection.leave();
    throw error;
  }
}

async function openNamespace(
  connection: Connection,
  use: SpaceUse,
  waitFor: (missing: TroupeError) => Promise<boolean>,
): Promise<NatsSpace> {
  // The client is loaded only by those who connect.
  const { openNatsSpace } = await import('../../adapters/nats/space.ts');
  for (;;) {
    try {
      return await openNatsSpace({ ...connection.options, role: USES[use].role });
    } catch (error) {
      if (!(error instanceof TroupeError) || error.code !== 'NAMESPACE_MISSING') throw error;
      if (!(await waitFor(error))) throw error;
    }
  }
}

export interface Connection extends AsyncDisposable {
  readonly options: NatsOptions;
  /** Stops the project's own server unless others use it. */
  leave(): Promise<void>;
}

/** How to connect; by then the project's own server runs, where it is meant. Throws NATS_SERVER_MISSING, NATS_SERVER_FAILED. */
export async function connectionTo(
  context: CliContext,
  options: StateOptions,
  target: NatsTarget,
  use: SpaceUse,
): Promise<Connection> {
  const { clock, random, env } = context;
  const { namespace, credentials, ca } = target;
  const dir = ownServerDir(context, options);
  const server = target.url === 'auto' ? await LocalServer.join({ dir, env, clock, random }) : undefined;
  // The narrow users of nats.conf are those of the namespace `default`.
  const user = namespace === 'default' ? USES[use].user : 'orchestrator';
  const url = server?.urlFor(user) ?? target.url;
  const leave = async (): Promise<void> => server?.leave();
  return {
    options: {
      url,
      namespace,
      credentials,
      ca,
      name: `troupe ${use}`,
      clock,
      random,
      logger: loggerOf(context),
    },
    leave,
    [Symbol.asyncDispose]: leave,
  };
}

/** Where the project keeps its own nats-server. */
export function ownServerDir(context: CliContext, options: StateOptions): string {
  return join(dataDirOf(context, options), 'nats');
}

const USES: { readonly [use in SpaceUse]: { readonly user: NatsUser; readonly role: SpaceRole } } = {
  look: { user: 'viewer', role: 'viewer' },
  control: { user: 'orchestrator', role: 'viewer' },
  submit: { user: 'orchestrator', role: 'client' },
  drive: { user: 'orchestrator', role: 'orchestrator' },
  work: { user: 'agent', role: 'agent' },
};
