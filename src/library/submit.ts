import type { Begun, StartRequest } from '../engine/engine-options.ts';
import { startIn } from '../engine/load.ts';
import { digestOf } from '../engine/pinned.ts';
import { Pins } from '../engine/pins.ts';
import { startData } from '../engine/start-record.ts';
import { executionExists } from '../errors.ts';
import type { ArtifactStore } from '../ports/artifact-store.ts';
import type { EventLog, LogRecord } from '../ports/event-log.ts';
import type { Random } from '../ports/random.ts';

export interface SubmitOptions {
  /** That of the execution. */
  readonly log: EventLog;
  readonly artifacts: ArtifactStore;
  readonly random: Random;
  /** Kept by who submits often: what was pinned once costs nothing again. */
  readonly pins?: Pins | undefined;
}

/**
 * Starts an execution by writing its first record, for whoever drives its log. Idempotent: the same id with the same task and
 * input is the execution that is there. Of two that start one id in the same moment the first in the log counts.
 *
 * Throws EXECUTION_EXISTS when the id belongs to another task or input.
 */
export async function submitExecution(
  { execution, pinned, input, traceparent, isFresh = false }: StartRequest,
  { log, artifacts, random, pins = new Pins(artifacts) }: SubmitOptions,
): Promise<Begun> {
  const inputDigest = digestOf(input);
  const before = isFresh ? undefined : await firstStart(execution, log);
  if (before !== undefined) {
    assertSame(before, pinned.definition.name, inputDigest);
    return { execution, isNew: false };
  }
  const indexed = await pins.pin(pinned);
  const data = await startData(indexed, { input, inputDigest, traceparent }, artifacts);
  const id = random.id();
  await log.append({ id, execution, source: 'control', type: 'execution.started', data });
  if (isFresh) return { execution, isNew: true };
  const first = await firstStart(execution, log);
  if (first === undefined || first.id === id) return { execution, isNew: true };
  assertSame(first, pinned.definition.name, inputDigest);
  return { execution, isNew: false };
}

/** Controls may stand before it. */
async function firstStart(execution: string, log: EventLog): Promise<LogRecord | undefined> {
  return (await log.read(execution)).find((record) => startIn(record) !== undefined);
}

/** @throws EXECUTION_EXISTS */
function assertSame(record: LogRecord, task: string, inputDigest: string): void {
  const started = startIn(record);
  if (started === undefined) return;
  if (started.task.name !== task) {
    throw executionExists(record.execution, `it runs the task ${started.task.name}`);
  }
  if (started.inputDigest !== inputDigest) {
    throw executionExists(record.execution, 'it was started with another input');
  }
}
