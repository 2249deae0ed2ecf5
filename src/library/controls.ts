import { type CastProblem, castProblem, paperOf } from '../../machines/consensus/poll.ts';
import type { WaitContext } from '../../machines/wait.ts';
import type { Applied } from '../engine/delivery.ts';
import type { Engine } from '../engine/engine.ts';
import type { Fold } from '../engine/fold.ts';
import { loadFold, type Sources } from '../engine/load.ts';
import { ballotRefused, executionUnknown, notPossibleNow, signalMisfit } from '../errors.ts';
import type { Json } from '../json.ts';
import { readVote } from '../ports/ballot.ts';
import type { EventLog, LogRecord } from '../ports/event-log.ts';
import type { Random } from '../ports/random.ts';
import { validateJson } from '../task/json-schema.ts';

/** What a person or a program may ask of an execution, from any process. */
export type Control =
  | { readonly kind: 'pause'; readonly reason?: string | undefined }
  | { readonly kind: 'resume' }
  | { readonly kind: 'abort'; readonly reason?: string | undefined }
  | { readonly kind: 'retry' }
  | { readonly kind: 'checkpoint'; readonly name: string }
  | { readonly kind: 'signal'; readonly name: string; readonly payload: Json }
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
  retry: 'retry.requested',
  checkpoint: 'checkpoint.requested',
  signal: 'signal.sent',
  vote: 'ballot.cast',
} as const;

/** The states in which each makes sense. */
const POSSIBLE: { readonly [kind in Control['kind']]: readonly string[] } = {
  pause: ['running'],
  resume: ['pausing', 'paused'],
  abort: ['running', 'pausing', 'paused', 'suspended'],
  retry: ['failed', 'timedOut'],
  checkpoint: ['running', 'pausing', 'paused'],
  signal: ['running', 'pausing', 'paused'],
  vote: ['running', 'pausing', 'paused'],
};

/**
 * Appends the control to the log, whoever owns the execution, and says how the fold took it.
 *
 * Throws EXECUTION_UNKNOWN, NOT_POSSIBLE_NOW, SIGNAL_MISFIT, BALLOT_REFUSED before anything is written.
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

function contentOf({ kind, ...data }: Control): { type: (typeof TYPES)[Control['kind']]; data: Json } {
  return { type: TYPES[kind], data: plain(data) };
}

/** Throws NOT_POSSIBLE_NOW, SIGNAL_MISFIT or BALLOT_REFUSED when the state has no use for the control. */
export function assertPossible(fold: Fold, control: Control): void {
  if (!POSSIBLE[control.kind].includes(fold.status)) {
    throw notPossibleNow(fold.world.execution, control.kind, fold.status);
  }
  if (control.kind === 'vote') assertBallot(fold, control);
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

const PROBLEMS: { readonly [problem in CastProblem]: (by: string) => string } = {
  'not-entitled': (by) => `${by} is no voter`,
  'duplicate-ballot': (by) => `${by} has voted in this round`,
  'subject-changed': () => 'what is voted on has changed since',
  'ballot-misfit': () => 'it does not fit the ballot',
};

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
