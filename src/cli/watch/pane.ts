import type { Style } from '../style.ts';
import { fitText, textWidth } from '../terminal/text-width.ts';
import { composeLine, type Segment } from '../views/segments.ts';

/** A part of the screen with rows to go through. */
export interface Pane {
  readonly name: string;
  /** Behind the name: how many there are. */
  readonly note?: string | undefined;
  readonly count: number;
  /** @param index from 0 */
  row(index: number): Row;
  /** Where the row is now; -1 when it is gone. */
  indexOf(id: string): number;
  /** The last rows are shown as long as nobody chose one. */
  readonly followsEnd?: boolean | undefined;
  /** What stands there while there are no rows. */
  readonly empty: string;
}

export interface Row {
  /** Null: only to be read. */
  readonly id: string | null;
  readonly segments: readonly Segment[];
}

/** Where somebody is in a pane. */
export interface Cursor {
  /** Id of the chosen row; undefined: none was chosen yet. */
  readonly id: string | undefined;
  /** Where it was last: what comes into its place is chosen when it is gone. */
  readonly index: number;
  /** First row that is shown. */
  readonly top: number;
}

export const START: Cursor = { id: undefined, index: 0, top: 0 };

export function listPane(
  name: string,
  rows: readonly Row[],
  rest: Pick<Pane, 'note' | 'empty' | 'followsEnd'>,
): Pane {
  return {
    name,
    ...rest,
    count: rows.length,
    row: (index) => rows[index] ?? { id: null, segments: [] },
    indexOf: (id) => rows.findIndex((row) => row.id === id),
  };
}

/** The cursor in the pane as it is now, with its row within the rows that are shown. */
export function settled(pane: Pane, cursor: Cursor, height: number): Cursor {
  const last = Math.max(0, pane.count - 1);
  if (cursor.id === undefined) {
    const index = pane.followsEnd === true ? last : Math.max(0, firstChoosable(pane, 0, 1));
    const top = pane.followsEnd === true ? Math.max(0, pane.count - height) : 0;
    return { id: undefined, index, top };
  }
  const found = pane.indexOf(cursor.id);
  const index = found === -1 ? Math.min(cursor.index, last) : found;
  const id = found === -1 ? (pane.row(index).id ?? undefined) : cursor.id;
  const most = Math.max(0, pane.count - height);
  const top = Math.min(most, Math.max(index - height + 1, Math.min(cursor.top, index)));
  return { id, index, top };
}

/** The row so many further on that can be chosen; a pane without any is only scrolled. */
export function moved(pane: Pane, cursor: Cursor, by: number, height: number): Cursor {
  const from = settled(pane, cursor, height);
  const last = Math.max(0, pane.count - 1);
  const wanted = Math.min(last, Math.max(0, from.index + by));
  const direction = by < 0 ? -1 : 1;
  const ahead = firstChoosable(pane, wanted, direction);
  const index = ahead === -1 ? firstChoosable(pane, wanted, -direction as 1 | -1) : ahead;
  if (index === -1) {
    const top = Math.min(Math.max(0, pane.count - height), Math.max(0, from.top + by));
    return { id: undefined, index: 0, top };
  }
  return settled(pane, { ...from, id: pane.row(index).id ?? undefined, index }, height);
}

function firstChoosable(pane: Pane, from: number, step: 1 | -1): number {
  for (let index = from; index >= 0 && index < pane.count; index += step)
    if (pane.row(index).id !== null) return index;
  return -1;
}

export interface PaneLook {
  readonly columns: number;
  readonly rows: number;
  readonly style: Style;
  readonly isFocused: boolean;
}

/** Its lines, as many as it has rows: a rule with its name, then what it holds. */
export function paneLines(
  pane: Pane,
  cursor: Cursor,
  { columns, rows, style, isFocused }: PaneLook,
): readonly string[] {
  if (rows <= 0) return [];
  const height = rows - 1;
  const { index, top } = settled(pane, cursor, height);
  const lines = [
    ruleLine(
      pane,
      { columns, style, isFocused },
      top + height < pane.count || top > 0 ? `${Math.min(top + height, pane.count)}/${pane.count}` : '',
    ),
  ];
  for (let at = top; at < top + height; at += 1) {
    if (pane.count === 0 && at === top) {
      lines.push(composeLine([['  '], [pane.empty, 'dim']], columns, style));
      continue;
    }
    if (at >= pane.count) {
      lines.push('');
      continue;
    }
    const { id, segments } = pane.row(at);
    const isChosen =
      isFocused && at === index && id !== null && (cursor.id !== undefined || pane.followsEnd !== true);
    lines.push(composeLine([[isChosen ? '▸ ' : '  ', 'cyan'], ...segments], columns, style));
  }
  return lines;
}

function ruleLine(
  { name, note }: Pane,
  { columns, style, isFocused }: Pick<PaneLook, 'columns' | 'style' | 'isFocused'>,
  place: string,
): string {
  const title = ` ${name}${note === undefined || note === '' ? '' : ` ${note}`} `;
  const head = `${isFocused ? '━━' : '──'}${fitText(title, Math.max(0, columns - 4))}`;
  const end = place === '' ? '' : ` ${place} `;
  const room = columns - textWidth(head) - textWidth(end);
  const rule = (isFocused ? '━' : '─').repeat(Math.max(0, room));
  const line = room < 0 ? fitText(head, columns) : `${head}${rule}${end}`;
  return isFocused ? style.bold(style.cyan(line)) : style.dim(line);
}

/** Two blocks of equal height side by side, the left one padded to its columns. */
export function beside(
  left: readonly string[],
  right: readonly string[],
  leftColumns: number,
  style: Style,
): readonly string[] {
  const bar = style.dim('│');
  return left.map((line, row) => {
    const padding = ' '.repeat(Math.max(0, leftColumns - textWidth(line)));
    return `${line}${padding}${bar}${right[row] ?? ''}`;
  });
}
