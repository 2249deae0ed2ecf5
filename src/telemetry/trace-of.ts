import { hash } from 'node:crypto';
import type { Fold } from '../engine/fold.ts';
import { parseTraceparent } from '../trace-context.ts';

/**
 * Ids of an execution's trace and of its spans. All of them follow from the log, so that every process that drives the execution, or
 * drives it again after a crash, gives the same span the same id, and a parent's id is known before the parent has ended.
 */
export interface Trace {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** What the execution's own span hangs below; undefined: nothing, it is the trace's root. */
  readonly parent: string | undefined;
  /** Of whoever started the execution; undefined: it is sampled here. */
  readonly flags: string | undefined;
}

/** The trace that whoever started the execution named in its start record, else one that follows from that record. */
export function traceOf({ traceparent, world, context }: Fold): Trace {
  const given = parseTraceparent(traceparent);
  if (given !== undefined) return { traceId: given.traceId, parent: given.spanId, flags: given.flags };
  // The id alone may be used again in another data folder or namespace.
  const traceId = hash('sha256', `${world.execution}@${context.startedAt}`).slice(0, 32);
  return { traceId, parent: undefined, flags: undefined };
}

export const spanIds = {
  execution: (execution: string) => spanId(execution),
  /** @param startedAt a phase that was undone may run again */
  phase: (execution: string, phase: string, startedAt: number | undefined) =>
    spanId(`${execution}/phase ${phase}/${startedAt}`),
  /** @param offeredAt a run of a step is offered again in each try of its phase */
  step: (execution: string, run: string, offeredAt: number) => spanId(`${execution}/${run}@${offeredAt}`),
  /** As agents see it, see `childTraceparent`. */
  attempt: (execution: string, run: string, attempt: number) => spanId(`${execution}/${run}/${attempt}`),
  rollback: (execution: string, number: number) => spanId(`${execution}/rollback ${number}`),
} as const;

function spanId(name: string): string {
  return hash('sha256', name).slice(0, 16);
}
