import type { NatsSpace } from '../../adapters/nats/space.ts';
import type { Watchers } from '../../engine/watchers.ts';
import { type CliContext, dataDirOf } from '../context.ts';
import { natsOf } from '../nats/target.ts';
import type { StateOptions } from '../options.ts';
import { natsState } from '../state/nats-state.ts';
import type { State } from '../state/state.ts';
import { accessFor } from './access.ts';
import { serveFor } from './inspector.ts';
import type { ServeOptions } from './options.ts';

/** Serves the inspector on an open namespace, all of its partitions, until it is disposed of; the namespace stays open. */
export function serveNamespace(
  context: CliContext,
  options: StateOptions & ServeOptions,
  { space, watchers }: { readonly space: NatsSpace; readonly watchers?: Pick<Watchers, 'add'> | undefined },
  say: (line: string) => void,
): Promise<AsyncDisposable> {
  const state = natsState(context, options, { space, close: async () => undefined });
  return serveState(context, options, { state, namespace: space.namespace, watchers }, say);
}

/** The same on what a command has open on a server. */
export async function serveState(
  context: CliContext,
  options: StateOptions & ServeOptions,
  {
    state,
    namespace,
    watchers,
  }: {
    readonly state: State;
    readonly namespace: string;
    readonly watchers?: Pick<Watchers, 'add'> | undefined;
  },
  say: (line: string) => void,
): Promise<AsyncDisposable> {
  const history = await state.openHistory();
  try {
    const access = accessFor(context, {
      state,
      history,
      logs: state.logs,
      place: 'nats',
      namespace,
      watchers,
    });
    // The server of a project keeps its passwords in the data folder as well.
    const isOfProject = natsOf(context, options)?.url === 'auto';
    const dataDir = isOfProject ? dataDirOf(context, options) : undefined;
    const serving = await serveFor(context, { ...options, dataDir }, access, say);
    return {
      [Symbol.asyncDispose]: async () => {
        await serving.close();
        await history[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await history[Symbol.asyncDispose]();
    throw error;
  }
}
