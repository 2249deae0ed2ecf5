import type { Fold } from '../engine/fold.ts';
import { type Column, floats, ints, Names } from './column.ts';
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
  const spans = spansOf(fold, trace, upTo, rowOf);
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
  readonly row: Column<Int32Array>;
  readonly kind: Column<Int32Array>;
  readonly attempt: Column<Int32Array>;
  readonly from: Column<Float64Array>;
  readonly to: Column<Float64Array>;
}

/** Segments in the order in which they began. */
function spansOf(fold: Fold, trace: Trace, upTo: number, rowOf: ReadonlyMap<string, number>): Spans {
  const { runs, states } = trace.names;
  const undoes = compensationsIn(fold);
  const spans: Spans = { row: ints(), kind: ints(), attempt: ints(), from: floats(), to: floats() };
  /** By number of the run: its row, and whether it undoes what the row is about; the segment that is open. */
  const rows = new Int32Array(runs.length).fill(UNKNOWN);
  const isUndoing = new Uint8Array(runs.length);
  const open = new Int32Array(runs.length).fill(NONE);
  const segments = new Map<number, number>();
  trace.eachStretch(upTo, (run, kind, state, attempt, at) => {
    if (rows[run] === UNKNOWN) {
      const name = runs[run] ?? '';
      const undone = rowOf.has(name) ? undefined : undoes(name);
      rows[run] = rowOf.get(undone ?? name) ?? NONE;
      isUndoing[run] = undone === undefined ? 0 : 1;
    }
    const row = rows[run] ?? NONE;
    if (row === NONE) return;
    const before = open[run] ?? NONE;
    if (before !== NONE) spans.to.set(before, at);
    const key = (kind * states.length + state) * 2 + (isUndoing[run] ?? 0);
    let segment = segments.get(key);
    if (segment === undefined) {
      const [actor = '', value = ''] = [states[kind], states[state]];
      const word = isUndoing[run] === 1 ? undoingSegment(value) : segmentOf(actor, value);
      segment = word === undefined ? NONE : (KIND.get(word) ?? 0);
      segments.set(key, segment);
    }
    open[run] = segment === NONE ? NONE : spans.row.length;
    if (segment === NONE) return;
    spans.row.push(row);
    spans.kind.push(segment);
    spans.attempt.push(attempt);
    spans.from.push(at);
    spans.to.push(Number.NaN);
  });
  return spans;
}

const NONE = -1;
const UNKNOWN = -2;

/** Segments in the order of their rows, and of time within a row; those of no length are left out. */
function byRow({ row, kind, attempt, from, to }: Spans, rowCount: number) {
  const isKept = (at: number): boolean => from.at(at) !== to.at(at);
  const firstSegment = new Uint32Array(rowCount + 1);
  const count = (place: number): number => firstSegment[place] ?? 0;
  for (let at = 0; at < row.length; at += 1)
    if (isKept(at)) firstSegment[row.at(at) + 1] = count(row.at(at) + 1) + 1;
  for (let at = 1; at <= rowCount; at += 1) firstSegment[at] = count(at) + count(at - 1);
  const whole = count(rowCount);
  const columns = {
    segmentKind: new Uint8Array(whole),
    segmentAttempt: new Uint16Array(whole),
    segmentFrom: new Float64Array(whole),
    segmentTo: new Float64Array(whole),
  };
  const next = firstSegment.slice(0, rowCount);
  for (let at = 0; at < row.length; at += 1) {
    if (!isKept(at)) continue;
    const place = next[row.at(at)] ?? 0;
    next[row.at(at)] = place + 1;
    columns.segmentKind[place] = kind.at(at);
    columns.segmentAttempt[place] = attempt.at(at);
    columns.segmentFrom[place] = from.at(at);
    columns.segmentTo[place] = to.at(at);
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
