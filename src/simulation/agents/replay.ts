import { hash } from 'node:crypto';
import { AgentError } from '../../agent/agent-error.ts';
import { parseIsoTime } from '../../iso-time.ts';
import type { Json } from '../../json.ts';
import type { AgentRequest, StepError, Usage } from '../../ports/agent-request.ts';
import type { ScriptedSignal } from '../scripted-signal.ts';
import type { ScriptContext, ScriptFunction } from './script.ts';

/** A record as the log gives it, or as `troupe events ID --json` prints it: then `at` is a text, and `refused` says why it was. */
export interface PastRecord {
  readonly type: string;
  readonly source: string;
  readonly position: number;
  readonly at: number | string;
  readonly data: unknown;
  readonly refused?: string | undefined;
}

/**
 * Does what the agents did in a past execution: each attempt ends as the recorded one did, after the time that took, with what it
 * used. Claims that were lost with their host are left out. An attempt that the log does not know fails with the class `fatal`.
 *
 * @param log all records of one execution, in order
 * @param role only what that agent did; default all of them
 */
export function replayAgent(log: readonly PastRecord[], role?: string): ScriptFunction {
  const past = pastAttempts(log, role);
  return async (request, context) => {
    const attempts = past.get(request.step);
    const attempt = attempts?.[request.attempt - 1];
    if (attempt === undefined) throw unknown(request, attempts?.length ?? 0, [...past.keys()]);
    return play(attempt, context);
  };
}

/** The signals that were sent to a past execution, each as long after its start as then. */
export function replaySignals(log: readonly PastRecord[]): readonly ScriptedSignal[] {
  const start = log.find(({ type, refused }) => type === 'execution.started' && refused === undefined);
  if (start === undefined) return [];
  return log
    .filter(({ type, refused }) => type === 'signal.sent' && refused === undefined)
    .map(({ at, data }) => {
      const { name, payload } = data as { readonly name: string; readonly payload?: Json };
      return { name, payload: payload ?? null, after: instantOf(at) - instantOf(start.at) };
    });
}

interface PastAttempt {
  readonly durationMs: number;
  readonly usage?: Usage | undefined;
  /** Neither: it was stopped, and its time is all that there is. */
  readonly output?: Json | undefined;
  readonly error?: StepError | undefined;
}

async function play(
  { durationMs, usage, output, error }: PastAttempt,
  context: ScriptContext,
): Promise<unknown> {
  if (usage !== undefined) context.usage(usage);
  if (output === undefined && error === undefined) {
    // It is stopped again, by the same deadline or cancel.
    await new Promise((_, reject) => {
      context.signal.addEventListener('abort', () => reject(context.signal.reason), { once: true });
    });
  }
  if (durationMs > 0) await context.sleep(durationMs);
  if (error === undefined) return output;
  const { class: kind, message, details, retryAfterMs } = error;
  throw new AgentError(message, {
    class: kind,
    ...(details === undefined ? {} : { details }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

interface Claim {
  readonly step: string;
  readonly attempt: number;
  readonly role: string;
  readonly tokenDigest: string;
  readonly at: number;
}

interface Report {
  readonly fence?: number;
  readonly token?: string;
  readonly output?: Json;
  readonly error?: StepError;
  readonly usage?: Usage;
}

function pastAttempts(
  log: readonly PastRecord[],
  role: string | undefined,
): ReadonlyMap<string, readonly PastAttempt[]> {
  const past = new Map<string, PastAttempt[]>();
  const open = new Map<number, Claim>();
  const claimed = new Set<string>();
  const overdue = new Set<string>();
  const add = (step: string, attempt: PastAttempt): void => {
    const attempts = past.get(step);
    if (attempts === undefined) past.set(step, [attempt]);
    else attempts.push(attempt);
  };
  for (const { type, position, at, data, refused } of log) {
    if (refused !== undefined) continue;
    if (type === 'step.claimed') {
      const claim = { ...(data as Claim), at: instantOf(at) };
      const name = `${claim.step}/${claim.attempt}`;
      // The first claim counts, also where the log does not say which were refused.
      if (!claimed.has(name)) open.set(position, claim);
      claimed.add(name);
    } else if (type === 'timer.fired') {
      const [, attempt = ''] = /^step\/(.+\/\d+)\/\d+$/.exec((data as { timerId: string }).timerId) ?? [];
      // Before its claim a timer is the end of a backoff.
      if (claimed.has(attempt)) overdue.add(attempt);
    } else if (type === 'step.answered') {
      const { step, output } = data as { readonly step: string; readonly output: Json };
      add(step, { durationMs: 0, output });
    } else if (ENDS.has(type)) {
      const report = data as Report;
      const claim = report.fence === undefined ? undefined : open.get(report.fence);
      if (claim === undefined || !mayReport(report, claim, type)) continue;
      open.delete(report.fence ?? 0);
      if (role !== undefined && claim.role !== role) continue;
      const wasStopped = overdue.has(`${claim.step}/${claim.attempt}`);
      if (!wasStopped && (type === 'claim.expired' || type === 'claim.released')) continue;
      const { output, error, usage } = wasStopped ? ({ usage: report.usage } as Report) : report;
      add(claim.step, { durationMs: instantOf(at) - claim.at, output, error, usage });
    }
  }
  return past;
}

const ENDS: ReadonlySet<string> = new Set([
  'step.succeeded',
  'step.failed',
  'claim.released',
  'claim.expired',
]);

function mayReport({ token }: Report, { tokenDigest }: Claim, type: string): boolean {
  return type === 'claim.expired' || (token !== undefined && hash('sha256', token) === tokenDigest);
}

function instantOf(at: number | string): number {
  return typeof at === 'number' ? at : parseIsoTime(at);
}

function unknown(
  { step, attempt, agent }: AgentRequest,
  known: number,
  steps: readonly string[],
): AgentError {
  const message =
    known === 0
      ? `the log knows nothing that ${agent} did in step ${step}; it knows ${steps.join(', ') || 'no step'}`
      : `the log knows ${known} attempts of step ${step}, and this is attempt ${attempt}`;
  return new AgentError(message, { class: 'fatal' });
}
