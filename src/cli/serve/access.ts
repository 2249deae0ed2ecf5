import { workingFilesIn } from '../../adapters/system/working-files.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Begun, StartRequest } from '../../engine/engine-options.ts';
import { loadFold } from '../../engine/load.ts';
import type { Watchers } from '../../engine/watchers.ts';
import { executionIdInvalid, executionUnknown, inputInvalid, TroupeError } from '../../errors.ts';
import { whyOf } from '../../inspection/why.ts';
import { type Control, sendControl } from '../../library/controls.ts';
import { prepareTask } from '../../library/prepare-task.ts';
import { keptRuns, rerunOf } from '../../library/rerun.ts';
import { submitExecution } from '../../library/submit.ts';
import type { EventLog } from '../../ports/event-log.ts';
import type { LiveProgress } from '../../ports/live-feed.ts';
import type { About, SentControl, ServerAccess, StartExecution } from '../../server/access.ts';
import { ID_PATTERN } from '../../task/definition.ts';
import { checkInput } from '../../task/requirements.ts';
import { settingsOf } from '../config/load.ts';
import { agentDirsOf, type CliContext, loggerOf } from '../context.ts';
import { send } from '../drive/control.ts';
import { recordStart } from '../drive/record-start.ts';
import type { State, StateHistory } from '../state/state.ts';
import { version } from '../version.ts';
import { executionMarkdown } from '../views/execution-markdown.ts';
import { documentOf, withLargeValues, withLiveness } from '../views/report-document.ts';
import { nameOf } from '../who.ts';
import { committedFile } from './committed-file.ts';
import { listAgents, listTasks, taskFileOf, taskPage } from './tasks.ts';

export interface AccessOptions {
  readonly state: State;
  readonly history: StateHistory;
  readonly logs: readonly EventLog[];
  readonly place: About['place'];
  readonly namespace: string;
  /** Of this process; what is started and woken here goes on here. Absent: others drive. */
  readonly engine?: Engine | undefined;
  /** Of the engines of this process, where it drives partitions of a namespace. */
  readonly watchers?: Pick<Watchers, 'add'> | undefined;
}

/** What the inspector's server needs, as this process can give it. */
export function accessFor(context: CliContext, options: AccessOptions): ServerAccess {
  const { state, history, engine } = options;
  const { clock, random } = context;
  const settings = settingsOf(context);
  const begin = (start: StartRequest): Promise<Begun> => {
    if (engine !== undefined) return engine.begin(start);
    const { store } = state.of(start.execution);
    // In a folder an execution that nobody drives is an orphan, which only an owner leaves behind.
    if (options.place === 'folder') return recordStart(context, store, start);
    const { log, artifacts } = store;
    return submitExecution(start, { log, artifacts, random });
  };
  return {
    about: {
      version: version(),
      namespace: options.namespace,
      place: options.place,
      startedAt: clock.now(),
      user: settings.user || (nameOf(context, undefined) ?? null),
    },
    clock,
    random,
    logger: loggerOf(context),
    of: (execution) => {
      const { store, sources } = state.of(execution);
      return { log: store.log, sources, ownership: store.ownership };
    },
    present: (execution) => engine?.present(execution),
    history,
    logs: options.logs,
    undriven: (executions) => state.undriven(executions),
    hosts: () => state.directory.list(),
    watch: (watcher) => engine?.watch(watcher) ?? options.watchers?.add(watcher) ?? (() => undefined),
    listen: (execution, listener) => listenTo({ state, engine }, execution, listener),
    send: async (execution, control) => {
      if (engine === undefined) return sentOf(await send(context, state.of(execution), execution, control));
      return sendHere({ state, engine, random }, execution, control);
    },
    start: async (request) => begin(await startOf(context, request)),
    rerun: async (old, { id, traceparent, ...request }) => {
      const execution = id ?? random.id();
      if (!ID_PATTERN.test(execution)) throw executionIdInvalid(execution);
      const fold = await loadFold(old, state.of(old).sources);
      if (fold === undefined) throw executionUnknown(old);
      const start = { ...rerunOf(fold, request, execution), traceparent, isFresh: id === undefined };
      const { isNew } = await begin(start);
      return { execution, isNew, kept: keptRuns(start) };
    },
    report: (execution) => reportOf(context, options, execution),
    markdown: (execution) => executionMarkdown(execution, state.of(execution), context.clock.now()),
    tasks: () => listTasks(context),
    task: (name) => taskPage(context, name),
    taskFile: (name) => taskFileOf(context, name),
    simulationPlace: {
      cwd: context.cwd,
      agentDirs: agentDirsOf(context, {}),
      groups: settings.groups,
    },
    agents: () => listAgents(context),
    files: workingFilesIn(context.cwd),
    fileAt: (path, at) => committedFile(context.cwd, path, at),
    ready: async () => {
      await Promise.all(options.logs.map((log) => log.head()));
    },
  };
}

/** Everything that can be wrong with what was asked is found here, before anything is written. */
async function startOf(
  context: CliContext,
  { task, input, id, traceparent }: StartExecution,
): Promise<StartRequest> {
  const execution = id ?? context.random.id();
  if (!ID_PATTERN.test(execution)) throw executionIdInvalid(execution);
  const prepared = await prepareTask(await taskFileOf(context, task), {
    cwd: context.cwd,
    agentDirs: agentDirsOf(context, {}),
    groups: settingsOf(context).groups,
  });
  const { definition, pinned } = prepared;
  const checked = checkInput(definition, input);
  if (checked.problems.length > 0) throw inputInvalid(definition.name, checked.problems);
  return { execution, pinned, input: checked.input, traceparent, isFresh: id === undefined };
}

/** In the process that drives: what nobody drives and a control wakes goes on here. */
async function sendHere(
  { state, engine, random }: { state: State; engine: Engine; random: CliContext['random'] },
  execution: string,
  control: Control,
): Promise<SentControl> {
  const { store, sources } = state.of(execution);
  const { log, ownership } = store;
  const sent = await sendControl(execution, control, { sources, log, random });
  let owner = await ownership.ownerOf(execution);
  if (owner === undefined && sent.applied.accepted && !sent.fold.hasEnded) {
    await engine.adopt(execution).catch((error: unknown) => {
      if (!(error instanceof TroupeError) || error.code !== 'NOT_THE_OWNER') throw error;
    });
    owner = await ownership.ownerOf(execution);
  }
  return sentOf({ ...sent, owner });
}

function sentOf({ applied, record, fold, owner }: Awaited<ReturnType<typeof send>>): SentControl {
  return {
    execution: record.execution,
    accepted: applied.accepted,
    ...(applied.accepted ? {} : { reason: applied.reason }),
    position: record.position,
    status: fold.status,
    owner: owner ?? null,
  };
}

/** What agents of this process say is told by its engine; what those of others say, by the server between them. */
function listenTo(
  { state, engine }: { readonly state: State; readonly engine: Engine | undefined },
  execution: string,
  listener: (progress: LiveProgress) => void,
): () => void {
  const stopFar = state.of(execution).live?.listen(execution, listener);
  const stopNear = engine?.listen((event) => {
    if (event.type !== 'step:progress' || event.id !== execution) return;
    const { step, attempt, agent, progress } = event;
    listener({ execution, step, attempt, agent, progress } as LiveProgress);
  });
  return () => {
    stopFar?.();
    stopNear?.();
  };
}

/** As `troupe show --json`, and where it stands and why. */
async function reportOf(
  context: CliContext,
  { state }: AccessOptions,
  execution: string,
): Promise<{ readonly [key: string]: unknown } | undefined> {
  const { store, sources } = state.of(execution);
  const fold = await loadFold(execution, sources);
  if (fold === undefined) return undefined;
  const now = context.clock.now();
  const isDriven = fold.hasEnded || (await store.ownership.ownerOf(execution)) !== undefined;
  const hosts = fold.hasEnded ? [] : await store.directory.list().catch(() => undefined);
  // The attempts are only for where the time went, which the JSON does not tell.
  const story = { fold, records: [], attempts: [] };
  const { report, liveness } = documentOf(story, { isDriven, now, hosts });
  const whole = withLiveness(await withLargeValues(report, store.artifacts), liveness);
  const why = whyOf(fold, { now, surroundings: { isDriven, hosts: hosts ?? null } });
  return { ...whole, position: fold.world.position, why, isDriven: fold.hasEnded ? null : isDriven };
}
