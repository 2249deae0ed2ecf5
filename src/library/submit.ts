import type { Begun, StartRequest } from '../engine/engine-options.ts';
import { digestOf } from '../engine/pinned.ts';
import { Pins } from '../engine/pins.ts';
import { assertSameStart, findStart, startData } from '../engine/start-record.ts';
import type { ArtifactStore } from '../ports/artifact-store.ts';
import type { EventLog } from '../ports/event-log.ts';
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
  { execution, pinned, input, traceparent, rerunOf, isFresh = false }: StartRequest,
  { log, artifacts, random, pins = new Pins(artifacts) }: SubmitOptions,
): Promise<Begun> {
  const inputDigest = digestOf(input);
  const before = isFresh ? undefined : await findStart(execution, log);
  if (before !== undefined) {
    assertSameStart(before, pinned.definition.name, inputDigest, rerunOf);
    return { execution, isNew: false };
  }
  const indexed = await pins.pin(pinned);
  const data = await startData(indexed, { input, inputDigest, traceparent, rerunOf }, artifacts);
  const id = random.id();
  await log.append({ id, execution, source: 'control', type: 'execution.started', data });
  if (isFresh) return { execution, isNew: true };
  const first = await findStart(execution, log);
  if (first === undefined || first.id === id) return { execution, isNew: true };
  assertSameStart(first, pinned.definition.name, inputDigest, rerunOf);
  return { execution, isNew: false };
}
