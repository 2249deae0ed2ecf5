import type { RollbackRequest } from '../../machines/execution-context.ts';
import type { WaitContext } from '../../machines/wait.ts';
import type { Applied } from '../engine/delivery.ts';
import type { Engine } from '../engine/engine.ts';
import type { Fold } from '../engine/fold.ts';
import { loadFold, type Sources } from '../engine/load.ts';
import {
  checkpointUnknown,
  executionUnknown,
  notPossibleNow,
  notUndoable,
  rollbackUnfinished,
  signalMisfit,
  stepUnknown,
} from '../errors.ts';
import type { Json } from '../json.ts';
import type { EventLog, LogRecord } from '../ports/event-log.ts';
import type { Random } from '../ports/random.ts';
import { validateJson } from '../task/json-schema.ts';
import { nearest } from '../task/nearest.ts';

/** What a person or a program may ask of an execution, from any process. */
export type Control =
  | { readonly kind: 'pause'; readonly reason?: string | undefined }
  | { readonly kind: 'resume' }
  | {
      readonly kind: 'abort';
      readonly reason?: string | undefined;
      /** What was done is undone. */
      readonly rollback?: boolean | undefined;
      readonly by?: string | undefined;
    }
  | ({ readonly kind: 'rollback' } & RollbackRequest)
  | { readonly kind: 'retry' }
  | { readonly kind: 'checkpoint'; readonly name: string }
  | { readonly kind: 'signal'; readonly name: string; readonly payload: Json };

export interface Controlled {
  readonly applied: Applied;
  /** The state with the control in it. */
  readonly fold: Fold;
  readonly record: LogRecord;
}

const TYPES = {
  pause: 'pause.requested',
  resume: 'resume.requested',
  abort: 'abort.requested',
  rollback: 'rollback.requested',
  retry: 'retry.requested',
  checkpoint: 'checkpoint.requested',
  signal: 'signal.sent',
} as const;

/** The states in which each makes sense. */
const POSSIBLE: { readonly [kind in Control['kind']]: readonly string[] } = {
  pause: ['running', 'rollingBack'],
  resume: ['pausing', 'paused'],
  abort: ['running', 'pausing', 'paused', 'rollingBack', 'suspended'],
  rollback: ['running', 'pausing', 'paused', 'completed', 'failed', 'aborted', 'timedOut', 'rolledBack'],
  retry: ['failed', 'timedOut'],
  checkpoint: ['running', 'pausing', 'paused'],
  signal: ['running', 'pausing', 'paused'],
};

/**
 * Appends the control to the log, whoever owns the execution, and says how the fold took it.
 *
 * Throws EXECUTION_UNKNOWN, NOT_POSSIBLE_NOW, SIGNAL_MISFIT before anything is written.
 */
export async function sendControl(
  execution: string,
  control: Control,
  { sources, log, random }: { readonly sources: Sources; readonly log: EventLog; readonly random: Random },
): Promise<Controlled> {
  const fold = await loadFold(execution, sources);
  if (fold === undefined) throw executionUnknown(execution);
  assertPossible(fold, control);
  const { type, data } = contentOf(control);
  const record = await log.append({ id: random.id(), execution, source: 'control', type, data });
  return { ...(await foldUpTo(fold, record, log, sources)), record };
}

/**
 * As {@link sendControl}, for an execution that this engine drives: the engine's own fold answers, and the log is not read
 * again. Undefined when it was let go of meanwhile: then the next one that drives it will take the control.
 */
export async function sendOwnControl(
  execution: string,
  control: Control,
  engine: Pick<Engine, 'state' | 'control'>,
): Promise<Applied | undefined> {
  const fold = await engine.state(execution);
  if (fold === undefined) throw executionUnknown(execution);
  assertPossible(fold, control);
  const { type, data } = contentOf(control);
  return engine.control(execution, type, data);
}

/** The record that says it. */
export function contentOf({ kind, ...data }: Control): { type: (typeof TYPES)[Control['kind']]; data: Json } {
  return { type: TYPES[kind], data: plain(data) };
}

/** Throws NOT_POSSIBLE_NOW or SIGNAL_MISFIT when the state has no use for the control. */
export function assertPossible(fold: Fold, control: Control): void {
  if (!POSSIBLE[control.kind].includes(fold.status)) {
    throw notPossibleNow(fold.world.execution, control.kind, fold.status);
  }
  if (control.kind === 'rollback' || (control.kind === 'abort' && control.rollback === true))
    assertUndoable(fold, control.kind === 'rollback' ? control : {});
  if (control.kind === 'retry' && fold.context.rollback !== undefined)
    throw rollbackUnfinished(fold.world.execution);
  if (control.kind !== 'signal') return;
  for (const actor of fold.world.steps.values()) {
    const context = actor.getSnapshot().context as WaitContext;
    if (actor.src !== 'wait' || context.signal !== control.name) continue;
    const step = fold.pinned.stepsById.get(context.step);
    const schema = step?.kind === 'wait' ? step.schema : undefined;
    const [problem] = schema === undefined ? [] : validateJson(schema, control.payload);
    if (problem !== undefined)
      throw signalMisfit(control.name, `${problem.path || 'the payload'} ${problem.message}`);
  }
}

function assertUndoable(
  { world, context, hasEnded, status }: Fold,
  { to, step, afterwards }: RollbackRequest,
): void {
  const { execution, foldVersion } = world;
  if (foldVersion < 2) throw notUndoable(execution, 'it was started by a version that could not undo');
  if (context.rollback !== undefined && !hasEnded) throw notPossibleNow(execution, 'roll back', status);
  if (step !== undefined && afterwards === 'continue')
    throw notUndoable(execution, 'what came after one step alone cannot be gone on with');
  if (step !== undefined && !world.stepsById.has(step) && !world.ledger.deeds.has(step))
    throw stepUnknown(execution, step, nearest(step, [...world.stepsById.keys()]));
  const names = context.checkpoints.map(({ name }) => name);
  if (to !== undefined && to !== 'start' && !names.includes(to))
    throw checkpointUnknown(execution, to, names, nearest(to, names));
}

async function foldUpTo(
  fold: Fold,
  record: LogRecord,
  log: EventLog,
  sources: Sources,
): Promise<Omit<Controlled, 'record'>> {
  try {
    let applied: Applied = { accepted: true };
    for (const next of await log.read(record.execution, {
      after: fold.world.position,
      upTo: record.position,
    })) {
      applied = fold.apply(next);
    }
    return { applied, fold };
  } catch {
    // A record in between cannot be folded: the execution is suspended, and the whole log says so.
    const whole = (await loadFold(record.execution, sources)) ?? fold;
    return { applied: { accepted: whole.hasControl(record.id) } as Applied, fold: whole };
  }
}

function plain(data: object): Json {
  return JSON.parse(JSON.stringify(data)) as Json;
}
