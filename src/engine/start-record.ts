import type { RecordData } from '../../machines/records.ts';
import { executionExists } from '../errors.ts';
import type { Json } from '../json.ts';
import type { ArtifactStore } from '../ports/artifact-store.ts';
import type { EventLog, LogRecord } from '../ports/event-log.ts';
import { parseTraceparent } from '../trace-context.ts';
import type { StartRequest } from './engine-options.ts';
import { FOLD_VERSION } from './fold.ts';
import { startIn } from './load.ts';
import type { IndexedPinned } from './pinned.ts';
import { inlineOrStored } from './values.ts';

/** What the record `execution.started` says. A large input goes to the artifact store. */
export async function startData(
  pinned: IndexedPinned,
  {
    input,
    inputDigest,
    traceparent,
  }: Pick<StartRequest, 'input' | 'traceparent'> & { readonly inputDigest: string },
  artifacts: ArtifactStore,
): Promise<RecordData<'execution.started'> & { readonly input: Json }> {
  const { name, version } = pinned.definition;
  return {
    foldVersion: FOLD_VERSION,
    pinned: pinned.digest,
    task: { name, version },
    inputDigest,
    input: await inlineOrStored(input, artifacts),
    ...(parseTraceparent(traceparent) === undefined ? {} : { traceparent }),
  };
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

/** Throws EXECUTION_EXISTS when the record starts another task, or the same with another input. */
export function assertSameStart(record: LogRecord, task: string, inputDigest: string): void {
  const started = startIn(record);
  if (started === undefined) return;
  if (started.task.name !== task) {
    throw executionExists(record.execution, `it runs the task ${started.task.name}`);
  }
  if (started.inputDigest !== inputDigest) {
    throw executionExists(record.execution, 'it was started with another input');
  }
}
