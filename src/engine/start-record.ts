import type { RecordData } from '../../machines/records.ts';
import { executionExists } from '../errors.ts';
import type { Json } from '../json.ts';
import type { ArtifactStore } from '../ports/artifact-store.ts';
import type { EventLog, LogRecord } from '../ports/event-log.ts';
import { parseTraceparent } from '../trace-context.ts';
import type { StartRequest } from './engine-options.ts';
import { FOLD_VERSION } from './fold.ts';
import type { RerunLink } from './fold-snapshot.ts';
import { startIn } from './load.ts';
import type { IndexedPinned } from './pinned.ts';
import { inlineOrStored } from './values.ts';

type StartData = Omit<RecordData<'execution.started'>, 'input' | 'rerunOf'> & {
  readonly input: Json;
  readonly rerunOf?: Linked;
};

/** What the record `execution.started` says. A large input goes to the artifact store. */
export async function startData(
  pinned: IndexedPinned,
  {
    input,
    inputDigest,
    traceparent,
    rerunOf,
  }: Pick<StartRequest, 'input' | 'traceparent' | 'rerunOf'> & { readonly inputDigest: string },
  artifacts: ArtifactStore,
): Promise<StartData> {
  const { name, version } = pinned.definition;
  return {
    foldVersion: FOLD_VERSION,
    pinned: pinned.digest,
    task: { name, version },
    inputDigest,
    input: await inlineOrStored(input, artifacts),
    ...(parseTraceparent(traceparent) === undefined ? {} : { traceparent }),
    ...(rerunOf === undefined ? {} : { rerunOf: await linkAndKept(rerunOf, artifacts) }),
  };
}

type Linked = Pick<RerunLink, keyof RerunLink> & { readonly kept?: Json };

async function linkAndKept(
  { kept, ...link }: NonNullable<StartRequest['rerunOf']>,
  artifacts: ArtifactStore,
): Promise<Linked> {
  if (kept === undefined) return link;
  return { ...link, kept: await inlineOrStored(kept as unknown as Json, artifacts) };
}

/**
 * The record that starts the execution. It stands at the front of the log as a rule, so that nothing is folded to find it;
 * controls may stand before it.
 */
export async function findStart(
  execution: string,
  log: Pick<EventLog, 'read'>,
): Promise<LogRecord | undefined> {
  const isStart = (record: LogRecord): boolean => startIn(record) !== undefined;
  const front = await log.read(execution, { limit: FRONT });
  const found = front.find(isStart);
  if (found !== undefined || front.length < FRONT) return found;
  return (await log.read(execution)).find(isStart);
}

const FRONT = 16;

/** Throws EXECUTION_EXISTS when the record starts another task, the same with another input, or was run again otherwise. */
export function assertSameStart(
  record: LogRecord,
  task: string,
  inputDigest: string,
  rerunOf?: StartRequest['rerunOf'],
): void {
  const started = startIn(record);
  if (started === undefined) return;
  if (started.task.name !== task) {
    throw executionExists(record.execution, `it runs the task ${started.task.name}`);
  }
  if (started.inputDigest !== inputDigest) {
    throw executionExists(record.execution, 'it was started with another input');
  }
  if (started.rerunOf?.execution !== rerunOf?.execution || started.rerunOf?.from !== rerunOf?.from) {
    throw executionExists(record.execution, `it ${originOf(started.rerunOf)}`);
  }
}

function originOf(
  rerunOf: { readonly execution: string; readonly from?: string | undefined } | undefined,
): string {
  if (rerunOf === undefined) return 'was not run again of another';
  const { execution, from } = rerunOf;
  return `is ${execution} run again${from === undefined ? '' : ` from ${from}`}`;
}
