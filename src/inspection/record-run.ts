import type { LogRecord } from '../ports/event-log.ts';

/** The run of the step that a record is about: named by it, or by the timer or the evaluation that it names. Undefined: about none. */
export function runIn({ data }: Pick<LogRecord, 'data'>): string | undefined {
  const { step, timerId, evaluationId } = (data ?? {}) as {
    readonly step?: unknown;
    readonly timerId?: unknown;
    readonly evaluationId?: unknown;
  };
  if (typeof step === 'string') return ownerOf(step);
  const id = timerId ?? evaluationId;
  if (typeof id !== 'string' || !id.startsWith('step/')) return undefined;
  const run = id.split('/', 2)[1];
  return run === undefined ? undefined : ownerOf(run);
}

/** What a step asks of people is about the step. */
function ownerOf(run: string): string {
  return run.endsWith(APPROVAL) ? run.slice(0, -APPROVAL.length) : run;
}

const APPROVAL = '.approval';
