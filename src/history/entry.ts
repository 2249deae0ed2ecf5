import type { PhaseStanding } from '../../machines/execution-context.ts';
import type { Fold } from '../engine/fold.ts';
import type { Position } from '../ports/event-log.ts';
import { waitsFor } from './waits-for.ts';

/** One execution as lists show it: where it stands, without its values. Instants are ms since 1970, in the log's time. */
export interface HistoryEntry {
  /** The execution. */
  readonly id: string;
  readonly task: string;
  readonly version: string;
  /** A state of the execution machine; `unreadable` when the log cannot be folded here, and `error` says why. */
  readonly status: string;
  readonly startedAt: number;
  /** Null until it has ended. */
  readonly endedAt: number | null;
  readonly durationMs: number | null;
  readonly phases: PhaseCounts;
  /** Some agent step failed in a phase that completed. */
  readonly degraded: boolean;
  readonly error: HistoryError | null;
  /** While it is live: what it waits for, in words (I6). */
  readonly waitsFor: string | null;
  /** The execution that this one was run again of, and from which step, null for all of it. Null for one that was not. */
  readonly rerunOf: { readonly execution: string; readonly from: string | null } | null;
  /** The last record that is in the entry. */
  readonly position: Position;
}

export interface PhaseCounts {
  /** Of the task. */
  readonly total: number;
  readonly running: number;
  readonly completed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly cancelled: number;
}

export interface HistoryError {
  readonly code: string;
  readonly message: string;
}

/** The entry of an execution as it stands. Pure. */
export function entryOf(fold: Fold): HistoryEntry {
  const { world, context, pinned } = fold;
  const endedAt = fold.hasEnded ? (context.endedAt ?? world.now) : null;
  return {
    id: world.execution,
    task: pinned.definition.name,
    version: pinned.definition.version,
    status: fold.status,
    startedAt: context.startedAt,
    endedAt,
    durationMs: endedAt === null ? null : endedAt - context.startedAt,
    phases: countPhases(pinned.definition.phases.length, Object.values(context.phases)),
    degraded: isDegraded(fold),
    error: context.error === undefined ? null : { code: context.error.code, message: context.error.message },
    waitsFor: waitsFor(fold),
    rerunOf:
      fold.rerunOf === undefined
        ? null
        : { execution: fold.rerunOf.execution, from: fold.rerunOf.from ?? null },
    position: world.position,
  };
}

function countPhases(total: number, standings: readonly PhaseStanding[]): PhaseCounts {
  const counts = { total, running: 0, completed: 0, failed: 0, skipped: 0, cancelled: 0 };
  for (const standing of standings) {
    if (standing === 'waiting') continue;
    counts[standing === 'admitted' ? 'running' : standing] += 1;
  }
  return counts;
}

function isDegraded(fold: Fold): boolean {
  for (const { summary } of fold.world.ledger.phases.values()) {
    if (summary?.degraded === true && summary.status === 'completed') return true;
  }
  return false;
}
