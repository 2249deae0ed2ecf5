import type { ToldRecord } from '../history/story.ts';
import type { StepError } from '../ports/agent-request.ts';
import { formatDuration } from '../task/duration.ts';

/** Longer values are cut: a snapshot is read by people. */
const MOST_SHOWN = 160;

/**
 * One line for each record: when (since the first one), who, what, about which step and attempt, and why it was refused. The same run
 * gives the same text; ids, tokens, fences, hosts and seals are left out.
 */
export function traceOf(records: readonly ToldRecord[]): string {
  const startAt = records[0]?.record.at ?? 0;
  return records
    .filter(({ record }) => record.type !== 'sealed')
    .map(({ record: { at, source, type, data }, refusal }) => {
      const said = wordsOf(type, (data ?? {}) as Said, startAt);
      const refused = refusal === undefined ? '' : ` (refused: ${refusal})`;
      return `+${formatDuration(at - startAt)} ${source} ${type}${said === '' ? '' : ` ${said}`}${refused}`;
    })
    .join('\n');
}

/** What records say, each a part of it. */
interface Said {
  readonly task?: { readonly name?: unknown; readonly version?: unknown };
  readonly input?: unknown;
  readonly step?: unknown;
  readonly attempt?: unknown;
  readonly role?: unknown;
  readonly output?: unknown;
  readonly error?: StepError;
  readonly by?: unknown;
  readonly to?: unknown;
  readonly reason?: unknown;
  readonly name?: unknown;
  readonly payload?: unknown;
  readonly timerId?: unknown;
  readonly evaluationId?: unknown;
}

function wordsOf(type: string, said: Said, startAt: number): string {
  switch (type) {
    case 'execution.started':
      return `${said.task?.name} ${said.task?.version} ${shown(said.input)}`;
    case 'step.claimed':
      return `${attemptOf(said)} by ${said.role}`;
    case 'step.succeeded':
    case 'step.answered':
      return `${attemptOf(said)} ${shown(said.output)}`;
    case 'step.failed':
    case 'offer.failed':
      return `${attemptOf(said)} ${said.error?.class}: ${said.error?.message}`;
    case 'claim.released':
      return attemptOf(said);
    case 'claim.expired':
      return `${attemptOf(said)} ${said.reason}`;
    case 'timer.fired':
      return timerOf(String(said.timerId), startAt);
    case 'evaluation.completed':
      return `${said.evaluationId} ${shown(said.output)}`;
    case 'evaluation.failed':
      return `${said.evaluationId} ${said.error?.class}: ${said.error?.message}`;
    case 'approval.granted':
    case 'approval.rejected':
      return `${said.step} by ${said.by}`;
    case 'approval.delegated':
      return `${said.step} by ${said.by} to ${said.to}`;
    case 'step.completed':
      return `${said.step} by ${said.by} ${shown(said.output)}`;
    case 'signal.sent':
      return `${said.name} ${shown(said.payload ?? null)}`;
    case 'checkpoint.requested':
      return String(said.name);
    default:
      return said.reason === undefined ? '' : String(said.reason);
  }
}

function attemptOf({ step, attempt }: Said): string {
  return `${step} #${attempt}`;
}

/** Its id ends with the moment at which it is due. */
function timerOf(id: string, startAt: number): string {
  const [, name = id, dueAt] = /^(.*)\/(\d+)$/.exec(id) ?? [];
  return dueAt === undefined ? name : `${name} due +${formatDuration(Number(dueAt) - startAt)}`;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN - 1)}…` : text;
}
