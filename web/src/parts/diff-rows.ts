import { diffLines, diffWordsWithSpace } from 'diff';

export interface DiffLine {
  /** From 1, in its own text. */
  readonly number: number;
  /** Parts of the line; those that changed are marked. */
  readonly parts: readonly { readonly text: string; readonly isChanged: boolean }[];
}

/** A row of two texts side by side. Null: nothing stands on that side. */
export interface DiffRow {
  readonly kind: 'same' | 'changed' | 'gap';
  readonly before: DiffLine | null;
  readonly after: DiffLine | null;
  /** Of a gap: equal lines that are not listed. */
  readonly hidden?: number | undefined;
}

export interface TextDiff {
  readonly rows: readonly DiffRow[];
  readonly added: number;
  readonly removed: number;
  /** Too much changed to compare it line by line in the time there is: the rows are all of one, then all of the other. */
  readonly isRough: boolean;
}

const TIME_LIMIT_MS = 800;

/** What differs between two texts, with `context` equal lines around it. */
export function diffRows(before: string, after: string, context = 3): TextDiff {
  const changes = diffLines(before, after, { timeout: TIME_LIMIT_MS });
  if (changes === undefined) {
    const removed = linesIn(before);
    const added = linesIn(after);
    const rows = [
      ...removed.map((text, at) => rowOf(text, at + 1, null, 0)),
      ...added.map((text, at) => rowOf(null, 0, text, at + 1)),
    ];
    return { rows, added: added.length, removed: removed.length, isRough: true };
  }
  const rows: DiffRow[] = [];
  const counts = { added: 0, removed: 0 };
  let left = 1;
  let right = 1;
  for (let at = 0; at < changes.length; at += 1) {
    const change = changes[at];
    if (change === undefined) continue;
    if (!change.added && !change.removed) {
      for (const text of linesIn(change.value)) {
        rows.push({ kind: 'same', before: plain(text, left), after: plain(text, right) });
        left += 1;
        right += 1;
      }
      continue;
    }
    const next = changes[at + 1];
    const isPair = change.removed && next?.added === true;
    const gone = change.removed ? linesIn(change.value) : [];
    const come = isPair ? linesIn(next.value) : change.added ? linesIn(change.value) : [];
    if (isPair) at += 1;
    for (let line = 0; line < Math.max(gone.length, come.length); line += 1) {
      rows.push(rowOf(gone[line] ?? null, left, come[line] ?? null, right));
      if (line < gone.length) left += 1;
      if (line < come.length) right += 1;
    }
    counts.removed += gone.length;
    counts.added += come.length;
  }
  return { rows: folded(rows, context), ...counts, isRough: false };
}

function rowOf(before: string | null, left: number, after: string | null, right: number): DiffRow {
  if (before === null || after === null || before.length + after.length > 4_000) {
    return {
      kind: 'changed',
      before: before === null ? null : plain(before, left),
      after: after === null ? null : plain(after, right),
    };
  }
  const words = diffWordsWithSpace(before, after);
  const side = (isWanted: (change: { added: boolean; removed: boolean }) => boolean) =>
    words.filter(isWanted).map(({ value, added, removed }) => ({ text: value, isChanged: added || removed }));
  return {
    kind: 'changed',
    before: { number: left, parts: side(({ added }) => !added) },
    after: { number: right, parts: side(({ removed }) => !removed) },
  };
}

function plain(text: string, number: number): DiffLine {
  return { number, parts: [{ text, isChanged: false }] };
}

function folded(rows: readonly DiffRow[], context: number): readonly DiffRow[] {
  const isNear = new Uint8Array(rows.length);
  rows.forEach((row, at) => {
    if (row.kind === 'same') return;
    isNear.fill(1, Math.max(0, at - context), Math.min(rows.length, at + context + 1));
  });
  const shown: DiffRow[] = [];
  let hidden = 0;
  const close = () => {
    if (hidden > 0) shown.push({ kind: 'gap', before: null, after: null, hidden });
    hidden = 0;
  };
  rows.forEach((row, at) => {
    if (isNear[at] === 1) {
      close();
      shown.push(row);
    } else hidden += 1;
  });
  close();
  return shown;
}

function linesIn(text: string): readonly string[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}
