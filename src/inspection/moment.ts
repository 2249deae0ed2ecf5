import type { Fold } from '../engine/fold.ts';
import { pendingApprovalsOf } from '../engine/pending-approvals.ts';
import { rollbackReportOf } from '../engine/rollback-report.ts';
import { type Attention, attentionOf } from '../history/attention.ts';
import type { Json } from '../json.ts';
import { phaseStandingsOf, sumOf } from './counts.ts';
import type { LogRow, Moment, Surroundings } from './documents.ts';
import { possibleControls } from './possible.ts';
import { whyOf } from './why.ts';

/** Where in the log the moment is. */
export interface Place {
  readonly index: number;
  readonly count: number;
  readonly end: number;
  /** The log's time of the record. */
  readonly at: number;
  readonly row: LogRow;
  readonly isLive: boolean;
  /** Ms since 1970: the wall's time at the end of the log of one that goes on, else the record's. */
  readonly now: number;
  readonly surroundings: Surroundings | null;
}

/** The frame of the page at a position. */
export function momentOf(fold: Fold, place: Place): Moment {
  const { world, context, pinned, rerunOf } = fold;
  const phases = phaseStandingsOf(fold);
  const { index, count, end, at, row, isLive, now, surroundings } = place;
  return {
    position: row.position,
    end,
    index,
    count,
    isLive,
    at,
    execution: world.execution,
    task: pinned.definition.name,
    version: pinned.definition.version,
    status: fold.status,
    startedAt: context.startedAt,
    endedAt: fold.hasEnded ? (context.endedAt ?? world.now) : null,
    degraded: isDegraded(fold),
    error: fold.error ?? null,
    reason: context.reason ?? null,
    outputs: (world.ledger.outputs ?? {}) as Json,
    usage: { ...world.ledger.usage },
    steps: sumOf(phases.map(({ steps }) => steps)),
    phases,
    checkpoints: context.checkpoints.map(({ name, position, at: madeAt }) => ({
      name,
      position,
      at: madeAt,
    })),
    approvals: pendingApprovalsOf(fold),
    rollback: rollbackReportOf(fold) ?? null,
    refused: { ...fold.refused },
    why: whyOf(fold, { now, surroundings: isLive ? surroundings : null }),
    attention: attentionIn(fold, isLive ? surroundings : null),
    signals: signalsIn(fold),
    record: row,
    possible: isLive ? possibleControls(fold) : [],
    rerunOf: rerunOf === undefined ? null : { execution: rerunOf.execution, from: rerunOf.from ?? null },
  };
}

function attentionIn(fold: Fold, surroundings: Surroundings | null): Attention {
  const attention = attentionOf(fold);
  return attention === 'running' && surroundings?.isDriven === false ? 'still' : attention;
}

function signalsIn({ world }: Fold): readonly string[] {
  const names = new Set<string>();
  for (const actor of world.steps.values()) {
    const { value, context } = actor.getSnapshot();
    if (actor.src === 'wait' && value === 'waiting' && context.signal !== undefined)
      names.add(context.signal);
  }
  return [...names];
}

/** Some agent step failed in a phase that completed. */
function isDegraded({ world }: Fold): boolean {
  for (const { summary } of world.ledger.phases.values())
    if (summary?.degraded === true && summary.status === 'completed') return true;
  return false;
}
