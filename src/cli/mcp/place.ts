import type { McpPlace } from '../../mcp/place.ts';
import type { ServerAccess } from '../../server/access.ts';
import { type CliContext, dataDirOf, openEmbedded } from '../context.ts';
import { OrphanWatch } from '../drive/orphan-watch.ts';
import { recordHistory } from '../history.ts';
import { natsOf } from '../nats/target.ts';
import type { StateOptions } from '../options.ts';
import { personOf } from '../person.ts';
import { accessFor } from '../serve/access.ts';
import { listTasks, taskPage } from '../serve/tasks.ts';
import { folderState, makeFolder } from '../state/folder-state.ts';
import { openState, type State } from '../state/state.ts';
import { version } from '../version.ts';

export interface PlaceOptions extends StateOptions {
  readonly as?: string | undefined;
  /** Go on with executions in this process. Only on a data folder. */
  readonly drive?: boolean | undefined;
}

export interface OpenPlace extends AsyncDisposable {
  readonly place: McpPlace;
}

/** Where `troupe mcp` works. What it needs is opened when a tool first asks for it; with `drive` at once. */
export async function openPlace(context: CliContext, options: PlaceOptions): Promise<OpenPlace> {
  const stack = new AsyncDisposableStack();
  let opened: Promise<ServerAccess | undefined> | undefined;
  const open = async (isToBeMade: boolean): Promise<ServerAccess | undefined> => {
    opened ??= lookThere(context, options, stack, isToBeMade);
    const found = await opened;
    // There was nothing: there may be by now.
    if (found === undefined) opened = undefined;
    return found;
  };
  if (options.drive === true) opened = driveThere(context, options, stack);
  await opened?.catch(async (error: unknown) => {
    await stack.disposeAsync();
    throw error;
  });
  const place: McpPlace = {
    version: version(),
    drives: options.drive === true,
    person: () => personOf(context, options.as),
    look: () => open(false),
    make: async () => {
      const access = (await open(false)) ?? (await open(true));
      if (access === undefined) throw new Error('The place was not made.');
      return access;
    },
    tasks: () => listTasks(context),
    task: (name) => taskPage(context, name),
  };
  return { place, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

/** Others drive: here it is looked at, and appended to. */
async function lookThere(
  context: CliContext,
  options: PlaceOptions,
  stack: AsyncDisposableStack,
  isToBeMade: boolean,
): Promise<ServerAccess | undefined> {
  const target = natsOf(context, options);
  const found = await openState(context, options, isToBeMade ? 'submit' : 'control');
  const state =
    found ?? (isToBeMade && target === undefined ? await makeFolder(context, options) : undefined);
  if (state === undefined) return undefined;
  stack.use(state);
  return accessTo(context, stack, state, target?.namespace);
}

/** This process drives what is started through it, and what nobody drives, until it ends. */
async function driveThere(
  context: CliContext,
  options: PlaceOptions,
  stack: AsyncDisposableStack,
): Promise<ServerAccess> {
  const { clock, stderr } = context;
  const embedded = await openEmbedded(context, { data: options.data, adoptsOthers: true });
  stack.defer(() => embedded.close());
  stack.use(await recordHistory(context, embedded, options));
  const { engine, store } = embedded;
  const orphans = new OrphanWatch({
    engine,
    ownership: store.ownership,
    clock,
    onAdopted: () => undefined,
    onFailed: (execution, error) => stderr.line(`${execution} cannot be adopted: ${error.message}`),
    onRound: () => undefined,
  });
  stack.defer(() => orphans.stop());
  await orphans.start();
  const present = (execution: string) => engine.present(execution);
  const state = folderState(dataDirOf(context, options), store, async () => undefined, present);
  return accessTo(context, stack, state, undefined, engine);
}

async function accessTo(
  context: CliContext,
  stack: AsyncDisposableStack,
  state: State,
  namespace: string | undefined,
  engine?: Parameters<typeof accessFor>[1]['engine'],
): Promise<ServerAccess> {
  const history = await state.openHistory();
  stack.use(history);
  return accessFor(context, {
    state,
    history,
    logs: state.logs,
    place: namespace === undefined ? 'folder' : 'nats',
    namespace: namespace ?? 'default',
    engine,
  });
}
