import type { Fold } from '../engine/fold.ts';
import { Names } from './column.ts';
import { LANE_STATUS, type Lanes, SEGMENT_KIND } from './documents.ts';
import { planRunsOf } from './plan-runs.ts';
import { runTitle } from './run-title.ts';
import { Statuses } from './step-status.ts';
import type { Trace } from './trace.ts';

/**
 * The timeline after a record. What a segment is follows from the state of the step's actor, so it tells what the log knows: `waiting`
 * is offered and not claimed yet, or a wait for a signal; `running` is from the claim to the report (when the agent really began is in
 * no log), or while the owner works something out; `claimed` is a claim whose work counts no more: told to stop, or a vote that is sealed.
 *
 * @param upTo index of the record that the fold is after
 */
export function lanesOf(fold: Fold, trace: Trace, upTo: number): Lanes {
  const names = new Names();
  const statuses = new Statuses(fold);
  const ids: string[] = [];
  const rowOf = new Map<string, number>();
  const rows: number[] = [];
  for (const planned of planRunsOf(fold)) {
    const { run, phase } = planned;
    rowOf.set(run, ids.length);
    ids.push(run);
    rows.push(
      names.numberOf(phase.name),
      names.numberOf(runTitle(fold, planned)),
      STATUS.get(statuses.of(planned)) ?? 0,
    );
  }
  const undoes = compensationsIn(fold);
  const spans: Spans = { row: [], kind: [], attempt: [], from: [], to: [] };
  const open = new Map<string, number>();
  for (const { run, kind, state, attempt, at } of trace.stretches(upTo)) {
    const undone = rowOf.has(run) ? undefined : undoes(run);
    const row = rowOf.get(undone ?? run);
    if (row === undefined) continue;
    const before = open.get(run);
    if (before !== undefined) spans.to[before] = at;
    open.delete(run);
    const segment = undone === undefined ? segmentOf(kind, state) : undoingSegment(state);
    if (segment === undefined) continue;
    open.set(run, spans.row.length);
    spans.row.push(row);
    spans.kind.push(KIND.get(segment) ?? 0);
    spans.attempt.push(attempt);
    spans.from.push(at);
    spans.to.push(Number.NaN);
  }
  return {
    from: fold.context.startedAt,
    to: fold.hasEnded ? (fold.context.endedAt ?? fold.world.now) : fold.world.now,
    names: names.all,
    ids,
    rowPhase: Uint32Array.from(ids, (_, row) => rows[row * 3] ?? 0),
    rowTitle: Uint32Array.from(ids, (_, row) => rows[row * 3 + 1] ?? 0),
    rowStatus: Uint8Array.from(ids, (_, row) => rows[row * 3 + 2] ?? 0),
    ...byRow(spans, ids.length),
  };
}

interface Spans {
  readonly row: number[];
  readonly kind: number[];
  readonly attempt: number[];
  readonly from: number[];
  readonly to: number[];
}

/** Segments in the order of their rows, and of time within a row; those of no length are left out. */
function byRow({ row, kind, attempt, from, to }: Spans, rowCount: number) {
  const isKept = (at: number): boolean => from[at] !== to[at];
  const firstSegment = new Uint32Array(rowCount + 1);
  for (let at = 0; at < row.length; at += 1)
    if (isKept(at)) firstSegment[(row[at] ?? 0) + 1] = (firstSegment[(row[at] ?? 0) + 1] ?? 0) + 1;
  for (let at = 1; at <= rowCount; at += 1)
    firstSegment[at] = (firstSegment[at] ?? 0) + (firstSegment[at - 1] ?? 0);
  const count = firstSegment[rowCount] ?? 0;
  const columns = {
    segmentKind: new Uint8Array(count),
    segmentAttempt: new Uint16Array(count),
    segmentFrom: new Float64Array(count),
    segmentTo: new Float64Array(count),
  };
  const next = firstSegment.slice(0, rowCount);
  for (let at = 0; at < row.length; at += 1) {
    if (!isKept(at)) continue;
    const place = next[row[at] ?? 0] ?? 0;
    next[row[at] ?? 0] = place + 1;
    columns.segmentKind[place] = kind[at] ?? 0;
    columns.segmentAttempt[place] = attempt[at] ?? 0;
    columns.segmentFrom[place] = from[at] ?? 0;
    columns.segmentTo[place] = to[at] ?? Number.NaN;
  }
  return { firstSegment, ...columns };
}

type Segment = (typeof SEGMENT_KIND)[number];

/** Undefined: it has ended. */
function segmentOf(kind: string, state: string): Segment | undefined {
  if (state === 'failed' || state === 'cancelled') return undefined;
  if (kind === 'approval')
    return state === 'pending' ? 'person' : APPROVAL_WORK.has(state) ? 'running' : undefined;
  return SEGMENTS[state];
}

const APPROVAL_WORK: ReadonlySet<string> = new Set(['opening', 'verifying']);

const SEGMENTS: { readonly [state: string]: Segment } = {
  offered: 'waiting',
  waiting: 'waiting',
  claimed: 'running',
  draining: 'claimed',
  sealed: 'claimed',
  revealing: 'claimed',
  backingOff: 'backoff',
  asking: 'person',
  evaluating: 'running',
  opening: 'running',
  voting: 'running',
  checking: 'running',
  cancelling: 'claimed',
};

function undoingSegment(state: string): Segment | undefined {
  return SEGMENTS[state] === undefined ? undefined : 'compensating';
}

/** The run that a compensation's run undoes: the compensation's id, the item, and from the second time on the time. */
function compensationsIn({ pinned, world }: Fold): (run: string) => string | undefined {
  const owners = new Map<string, string>();
  for (const { steps } of pinned.definition.phases)
    for (const step of steps)
      if (step.kind === 'agent' && step.compensate !== undefined) owners.set(step.compensate.id, step.id);
  const planned = new Map(
    world.ledger.rollbacks.flatMap(({ plan = [] }) => plan.map(({ run, step }) => [run, step] as const)),
  );
  return (run) => planned.get(run) ?? owners.get(run);
}

const STATUS = new Map<string, number>(LANE_STATUS.map((name, at) => [name, at]));
const KIND = new Map<string, number>(SEGMENT_KIND.map((name, at) => [name, at]));
