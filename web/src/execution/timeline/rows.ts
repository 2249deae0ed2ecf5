import type { Lanes } from '../../../../src/inspection/documents.ts';

/** What the timeline lists: a header for each phase, and below it the rows of its steps, unless it is closed. */
export interface Rows {
  /** Per entry: the row of a step in `Lanes`, or `-1 - n` for the header of the n-th phase. */
  readonly entries: Int32Array;
  readonly phases: readonly PhaseRows[];
}

export interface PhaseRows {
  readonly name: string;
  /** Rows of its steps: from `first` to before `end`. */
  readonly first: number;
  readonly end: number;
  readonly isClosed: boolean;
}

/** Steps of one phase stand together in lanes. */
export function listRows(lanes: Lanes, closed: ReadonlySet<string>): Rows {
  const { rowPhase, names } = lanes;
  const phases: PhaseRows[] = [];
  let shown = 0;
  for (let first = 0; first < rowPhase.length; ) {
    let end = first + 1;
    while (end < rowPhase.length && rowPhase[end] === rowPhase[first]) end++;
    const name = names[rowPhase[first] as number] ?? '';
    const isClosed = closed.has(name);
    phases.push({ name, first, end, isClosed });
    shown += 1 + (isClosed ? 0 : end - first);
    first = end;
  }
  const entries = new Int32Array(shown);
  let at = 0;
  for (const [index, { first, end, isClosed }] of phases.entries()) {
    entries[at++] = -1 - index;
    if (!isClosed) for (let row = first; row < end; row++) entries[at++] = row;
  }
  return { entries, phases };
}

/** Where the row of a step stands; undefined when it is not shown. */
export function entryOf(rows: Rows, row: number): number | undefined {
  let before = 0;
  for (const { first, end, isClosed } of rows.phases) {
    before += 1;
    if (row >= first && row < end) return isClosed ? undefined : before + (row - first);
    if (!isClosed) before += end - first;
  }
  return undefined;
}

/** Name of the phase that the row's header or row belongs to. */
export function phaseAt(rows: Rows, entry: number): PhaseRows | undefined {
  const value = rows.entries[entry];
  if (value === undefined) return undefined;
  if (value < 0) return rows.phases[-1 - value];
  return rows.phases.find(({ first, end }) => value >= first && value < end);
}
