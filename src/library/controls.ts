import { approvalRunOf } from '../../machines/approval.ts';
import { type CastProblem, castProblem, paperOf } from '../../machines/consensus/poll.ts';
import { isBallotStep } from '../../machines/derived-steps.ts';
import type { RollbackRequest } from '../../machines/execution-context.ts';
import type { WaitContext } from '../../machines/wait.ts';
import { type Applied, outputSchemaOf } from '../engine/delivery.ts';
import type { Engine } from '../engine/engine.ts';
import type { Fold } from '../engine/fold.ts';
import { loadFold, type Sources } from '../engine/load.ts';
import { type PendingApproval, pendingApprovalsOf } from '../engine/pending-approvals.ts';
import { POSSIBLE_IN } from '../engine/possible-in.ts';
import {
  approvalAmbiguous,
  ballotRefused,
  checkpointUnknown,
  decisionRefused,
  executionUnknown,
  notEntitled,
  nothingToApprove,
  notPossibleNow,
  notUndoable,
  outputMisfit,
  rollbackUnfinished,
  signalMisfit,
  stepNotLive,
  stepUnknown,
  subjectChanged,
} from '../errors.ts';
import type { Json } from '../json.ts';
import { readVote } from '../ports/ballot.ts';
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
  | { readonly kind: 'signal'; readonly name: string; readonly payload: Json }
  | ({ readonly kind: 'approve' | 'reject' } & Decided)
  | {
      readonly kind: 'delegate';
      readonly step: string;
      readonly by: string;
      readonly to: string;
      readonly comment?: string | undefined;
    }
  | { readonly kind: 'complete'; readonly step: string; readonly output: Json; readonly by: string }
  | PersonVote;

/** A person's ballot. The first in a round counts. */
export interface PersonVote {
  readonly kind: 'vote';
  /** Id of the consensus step. */
  readonly step: string;
  /** The voter's name in the file, without `person:`. */
  readonly by: string;
  /** As an agent's: `{choice, reason}`, `{ranking}`, `{scores}`, `{answer}` or `{abstain: true}`. */
  readonly vote: Json;
  /** Digest of what the person has looked at: refused when that is no longer what is voted on. */
  readonly subject?: string | undefined;
}

interface Decided {
  readonly step: string;
  readonly by: string;
  readonly comment?: string | undefined;
  /** Digest of what the person saw. */
  readonly subject?: string | undefined;
}

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
  approve: 'approval.granted',
  reject: 'approval.rejected',
  delegate: 'approval.delegated',
  complete: 'step.completed',
  vote: 'ballot.cast',
} as const;

/**
 * Appends the control to the log, whoever owns the execution, and says how the fold took it.
 *
 * Throws EXECUTION_UNKNOWN, NOT_POSSIBLE_NOW, SIGNAL_MISFIT, BALLOT_REFUSED, and what {@link assertPossible} names, before anything is written.
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

/**
 * Throws NOT_POSSIBLE_NOW, SIGNAL_MISFIT, NOTHING_TO_APPROVE, NOT_ENTITLED, SUBJECT_CHANGED, STEP_NOT_LIVE or OUTPUT_MISFIT when
 * the state has no use for the control.
 */
export function assertPossible(fold: Fold, control: Control): void {
  if (!(POSSIBLE_IN[control.kind] as readonly string[]).includes(fold.status)) {
    throw notPossibleNow(fold.world.execution, control.kind, fold.status);
  }
  switch (control.kind) {
    case 'signal':
      assertFits(fold, control);
      break;
    case 'approve':
    case 'reject':
    case 'delegate':
      assertDecidable(fold, control);
      break;
    case 'complete':
      assertCompletable(fold, control);
      break;
    case 'vote':
      assertBallot(fold, control);
      break;
    case 'rollback':
      assertUndoable(fold, control);
      break;
    case 'abort':
      if (control.rollback === true) assertUndoable(fold, {});
      break;
    case 'retry':
      if (fold.context.rollback !== undefined) throw rollbackUnfinished(fold.world.execution);
      break;
    default:
  }
}

function assertFits(fold: Fold, control: Control & { kind: 'signal' }): void {
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

function assertBallot(fold: Fold, { step, by, vote, subject }: PersonVote): void {
  const actor = fold.world.steps.get(step);
  if (actor?.src !== 'consensus') {
    const polls = [...fold.world.steps].filter(([, { src }]) => src === 'consensus').map(([id]) => id);
    const hint = polls.length === 0 ? 'Nothing is voted on now.' : `Open now: ${polls.join(', ')}.`;
    throw ballotRefused(step, 'no vote of that name is open', hint);
  }
  const { value, context } = actor.getSnapshot();
  if (value !== 'voting')
    throw ballotRefused(step, value === 'opening' ? 'the vote is not open yet' : 'the vote is closed');
  const problem = castProblem(fold.world, context, { by, vote, subject });
  if (problem === undefined) return;
  const { misfit } = readVote(undefined, vote, paperOf(fold.world, context));
  throw ballotRefused(step, problem === 'ballot-misfit' ? (misfit ?? problem) : PROBLEMS[problem](by));
}

function assertDecidable(fold: Fold, control: Control & { kind: 'approve' | 'reject' | 'delegate' }): void {
  const { step, by } = control;
  const pending = pendingApprovalsOf(fold);
  const asked = pending.find((approval) => approval.step === step);
  if (asked === undefined)
    throw nothingToApprove(
      fold.world.execution,
      step,
      pending.map((approval) => approval.step),
    );
  if (asked.people?.includes(by) === false) throw notEntitled(by, step, asked.approvers ?? []);
  if (control.kind === 'delegate') {
    const isAllowed = fold.world.ledger.approvals.get(step)?.ask.delegation !== false;
    if (!isAllowed) throw decisionRefused(fold.world.execution, step, 'its file allows no delegation');
  } else if (control.subject !== undefined && control.subject !== asked.subject?.digest) {
    throw subjectChanged(step, control.subject, asked.subject?.digest);
  }
}

function assertCompletable(fold: Fold, { step, output }: Control & { kind: 'complete' }): void {
  const { world } = fold;
  const actor = world.steps.get(step);
  if (actor === undefined) throw stepNotLive(world.execution, step, [...world.steps.keys()]);
  if (actor.src === 'approval') {
    throw decisionRefused(world.execution, step, 'it is an approval; troupe approve or reject decides it');
  }
  if (actor.src === 'consensus' || isBallotStep(world.stepsById.get(actor.getSnapshot().context.step))) {
    throw decisionRefused(world.execution, step, 'it is a vote; those whom its file names decide it');
  }
  const schema = outputSchemaOf(world, actor);
  const [problem] = schema === undefined ? [] : validateJson(schema, output);
  if (problem !== undefined) throw outputMisfit(step, `${problem.path || 'it'} ${problem.message}`);
}

/**
 * The approval that is meant: the only one that is pending where no step is named. The step of which an approval is a part names
 * it too. Throws NOTHING_TO_APPROVE, APPROVAL_AMBIGUOUS.
 */
export function approvalMeant(fold: Fold, step: string | undefined): PendingApproval {
  const pending = pendingApprovalsOf(fold);
  const { execution } = fold.world;
  const steps = pending.map((approval) => approval.step);
  const [only] = pending;
  if (step === undefined && pending.length > 1) throw approvalAmbiguous(execution, steps);
  const meant =
    step === undefined
      ? only
      : (pending.find((approval) => approval.step === step) ??
        pending.find((approval) => approval.step === approvalRunOf(step)));
  if (meant === undefined) throw nothingToApprove(execution, step, steps);
  return meant;
}

/** Why the fold did not take what was possible a moment before. */
export function refusalOf(execution: string, control: Control, reason: string, status: string): Error {
  return 'step' in control && control.step !== undefined
    ? decisionRefused(execution, control.step, REFUSALS[reason] ?? reason)
    : notPossibleNow(execution, control.kind, status);
}

const REFUSALS: { readonly [reason: string]: string } = {
  'already-decided': 'it was decided before',
  'not-entitled': 'whoever said it may not',
  drifted: 'what it is about has changed',
  'unknown-step': 'nothing is asked there any more',
  'not-accepted-now': 'the execution went on meanwhile',
  'output-misfit': 'the output does not fit the schema',
};

const PROBLEMS: { readonly [problem in CastProblem]: (by: string) => string } = {
  'not-entitled': (by) => `${by} is no voter`,
  'duplicate-ballot': (by) => `${by} has voted in this round`,
  'subject-changed': () => 'what is voted on has changed since',
  'ballot-misfit': () => 'it does not fit the ballot',
};

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
