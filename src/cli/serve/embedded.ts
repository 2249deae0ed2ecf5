import type { Embedded } from '../../library/embedded.ts';
import type { ServerAccess } from '../../server/access.ts';
import { type CliContext, dataDirOf } from '../context.ts';
import type { StateOptions } from '../options.ts';
import { folderState } from '../state/folder-state.ts';
import { accessFor } from './access.ts';
import { serveFor } from './inspector.ts';
import type { ServeOptions } from './options.ts';

/** Serves the inspector on the store of an engine of this process, until it is disposed of; the store stays open. */
export async function serveEmbedded(
  context: CliContext,
  options: StateOptions & ServeOptions,
  embedded: Pick<Embedded, 'store' | 'engine'>,
  say: (line: string) => void,
): Promise<AsyncDisposable> {
  const { access, close } = await embeddedAccess(context, options, embedded);
  try {
    const dataDir = dataDirOf(context, options);
    const serving = await serveFor(context, { ...options, dataDir }, access, say);
    return {
      [Symbol.asyncDispose]: async () => {
        await serving.close();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What a server needs of it; `close` lets go of the history. */
export async function embeddedAccess(
  context: CliContext,
  options: StateOptions,
  { store, engine }: Pick<Embedded, 'store' | 'engine'>,
): Promise<{ readonly access: ServerAccess; close(): Promise<void> }> {
  const state = folderState(
    dataDirOf(context, options),
    store,
    async () => undefined,
    (execution) => engine.present(execution),
  );
  const history = await state.openHistory();
  const access = accessFor(context, {
    state,
    history,
    logs: state.logs,
    place: 'folder',
    namespace: 'default',
    engine,
  });
  return { access, close: async () => history[Symbol.asyncDispose]() };
}
