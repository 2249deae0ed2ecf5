import type { Fold } from '../engine/fold.ts';
import { reportOf, type StepReport } from '../engine/report.ts';
import { formatDuration } from '../task/duration.ts';

/** How an execution stands, and what may be done about it. */
export interface Standing {
  readonly inWords: string;
  readonly hint: string;
}

/** The most steps that are named. */
const MOST_NAMED = 10;

const TRACE = 'trace() tells how it came to that.';

/** For a person who wants to know why an execution does not get on. @param now ms since 1970 */
export function standingOf(fold: Fold, now: number): Standing {
  const report = reportOf(fold, now);
  const { status, error, reason } = report;
  if (fold.hasEnded) {
    const why = error === null ? (reason ?? '') : `${error.code}: ${error.message}`;
    return { inWords: `it is ${status}${why === '' ? '' : ` (${why})`}.`, hint: TRACE };
  }
  const live = report.phases
    .filter(({ status: standing }) => standing === 'running')
    .flatMap(({ steps }) => steps.filter(({ status: standing }) => LIVE.has(standing)));
  const named = live.slice(0, MOST_NAMED).map(inWords);
  const more = live.length > named.length ? [`${live.length - named.length} more steps`] : [];
  const inFull = named.length === 0 ? '' : `, and ${[...named, ...more].join('; ')}`;
  return { inWords: `it is ${status}${inFull}.`, hint: hintFor(status, live) };
}

const LIVE: ReadonlySet<string> = new Set([
  'offered',
  'claimed',
  'draining',
  'backingOff',
  'evaluating',
  'waiting',
  'opening',
  'asking',
  'verifying',
  'voting',
  'revealing',
  'checking',
]);

function inWords({ id, status, agent, attempts, durationMs, waitsFor }: StepReport): string {
  if (waitsFor !== undefined) return `step ${id} waits for ${waitsFor}`;
  if (status !== 'claimed' && status !== 'draining') return `step ${id} is ${status}`;
  const since = formatDuration(durationMs ?? 0);
  return `step ${id} is at work (${agent}, attempt ${attempts}, for ${since}) and its agent waits for no virtual time`;
}

function hintFor(status: string, live: readonly StepReport[]): string {
  if (status === 'paused' || status === 'pausing') return 'resume() goes on with it.';
  if (status === 'suspended') return TRACE;
  if (live.some(({ waitsFor }) => waitsFor?.startsWith('the signal ') === true))
    return 'Send it with signal(NAME, payload), or let the option `signals` do so.';
  if (live.some(({ status: standing }) => standing === 'asking'))
    return 'Decide it with approve(STEP) or reject(STEP), or let the option `people` do so.';
  if (live.some(({ poll }) => poll?.missing.some((name) => name.startsWith('person:')) === true))
    return 'Let people vote with vote(STEP, NAME, {choice}), or give the vote a deadline.';
  if (live.some(({ waitsFor }) => waitsFor !== undefined))
    return 'A role that comes from a template needs a script, or an agent file, by its name.';
  return 'An agent of a simulation must wait for nothing real: let it `await context.sleep(…)`. One that never answers needs a `timeout` in its step.';
}
