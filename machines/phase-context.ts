import type { ExecutionError } from './ledger.ts';
import type { WorldRef } from './world.ts';

export interface PhaseContext {
  readonly world: WorldRef;
  readonly name: string;
  /** Place in the definition; names the phase in timers and evaluations. */
  readonly index: number;
  readonly startedAt: number | undefined;
  /** Absolute deadline: of the phase while it works, of the backoff while it waits to try again. */
  readonly dueAt: number | undefined;
  /** Tries so far, the present one included. */
  readonly tries: number;
  /** The first try since a rollback had it begin anew; absent: 1. Tries count on, so that no id is used twice (I1). */
  readonly firstTry?: number | undefined;
  readonly decision: 'run' | 'skip' | 'error' | undefined;
  /** Next place in the program. */
  readonly cursor: number;
  readonly live: number;
  /** Slots that were used and are free again; beside these, all from `usedSlots` on are free. */
  readonly freeSlots: readonly number[];
  readonly usedSlots: number;
  /** A barrier is at work. */
  readonly atBarrier: boolean;
  readonly succeeded: number;
  readonly failed: number;
  readonly error: ExecutionError | undefined;
  /** The failure ends the execution whatever `onFailure` says, and is not retried: a failed validation. */
  readonly isFinal: boolean;
  /** From when the duration of a phase with limits is counted, ms since 1970; later by each pause. */
  readonly measuredFrom?: number | undefined;
  /** Names of the limits that it went beyond in this try. */
  readonly passedLimits?: readonly string[] | undefined;
  /** Steps at once, where a limit slowed the phase down. */
  readonly window?: number | undefined;
  /** People are asked whether to go on: the limit, and since when nothing new begins; the time is later by each pause. */
  readonly asking?: { readonly limit: string; readonly from: number } | undefined;
  readonly conclusion: 'done' | 'missing' | 'evaluate' | undefined;
}

/** Of the deadline at which a limit on the duration is reached. */
export function limitTimerId(
  context: Pick<PhaseContext, 'index' | 'tries'>,
  limit: number,
  dueAt: number,
): string {
  return `phase/${context.index}/${context.tries}/limit-${limit}/${dueAt}`;
}

export function phaseTimerId(context: Pick<PhaseContext, 'index' | 'tries'>, dueAt: number): string {
  return `phase/${context.index}/${context.tries}/${dueAt}`;
}
