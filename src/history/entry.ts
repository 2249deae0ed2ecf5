import type { PhaseStanding } from '../../machines/execution-context.ts';
import type { UsageTotals } from '../../machines/ledger.ts';
import type { Fold } from '../engine/fold.ts';
import type { Position } from '../ports/event-log.ts';
import { type Attention, attentionOf } from './attention.ts';
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
  readonly steps: StepProgress;
  /** What its agents used so far. */
  readonly usage: UsageTotals;
  /** Some agent step failed in a phase that completed. */
  readonly degraded: boolean;
  readonly error: HistoryError | null;
  /** While it is live: what it waits for, in words (I6). */
  readonly waitsFor: string | null;
  /** The execution that this one was run again of, and from which step, null for all of it. Null for one that was not. */
  readonly rerunOf: { readonly execution: string; readonly from: string | null } | null;
  readonly attention: Attention;
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

/** Runs of steps; a `forEach` adds its own when it opens. */
export interface StepProgress {
  readonly total: number;
  /** Ended, in whatever way. */
  readonly done: number;
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
    steps: countSteps(fold),
    usage: { ...world.ledger.usage },
    degraded: isDegraded(fold),
    error: context.error === undefined ? null : { code: context.error.code, message: context.error.message },
    waitsFor: waitsFor(fold),
    rerunOf:
      fold.rerunOf === undefined
        ? null
        : { execution: fold.rerunOf.execution, from: fold.rerunOf.from ?? null },
    attention: attentionOf(fold),
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

function countSteps({ pinned, world }: Fold): StepProgress {
  let total = 0;
  let done = 0;
  for (const phase of pinned.definition.phases) {
    const produce = world.ledger.phases.get(phase.name);
    const items = phase.forEach === undefined ? 1 : (produce?.items?.length ?? 0);
    for (const { kind } of phase.steps) total += REPEATED.has(kind) ? items : 1;
    done += produce?.results.size ?? 0;
  }
  return { total: Math.max(total, done), done };
}

/** Kinds of steps that a `forEach` does once for each item; the others come once. */
const REPEATED: ReadonlySet<string> = new Set(['agent', 'custom']);

function isDegraded(fold: Fold): boolean {
  for (const { summary } of fold.world.ledger.phases.values()) {
    if (summary?.degraded === true && summary.status === 'completed') return true;
  }
  return false;
}
