import type { Style } from '../style.ts';
import { padText, textWidth } from '../terminal/text-width.ts';
import { composeLine, type Segment } from './segments.ts';

export interface Column {
  readonly head: string;
  readonly align?: 'right';
  /** May be cut to so many columns when the table is too wide. Absent: never cut. */
  readonly least?: number;
}

/**
 * Rows under their heads, each column as wide as its widest cell. A table wider than `width` cuts the columns that may be cut,
 * the widest first; what is still too much is cut at the right.
 */
export function tableLines(
  columns: readonly Column[],
  rows: readonly (readonly Segment[])[],
  { width, style, indent = '' }: { width: number; style: Style; indent?: string },
): string[] {
  const widths = columnWidths(columns, rows, width - indent.length);
  const heads = columns.map(({ head }): Segment => [head, 'dim']);
  return [heads, ...rows].map((cells) => {
    const line = cells.flatMap(([text, mark], at): readonly Segment[] => {
      const isLast = at === cells.length - 1;
      const fitted = cellText(text, widths[at] ?? 0, columns[at]?.align, isLast);
      return isLast ? [[fitted, mark]] : [[fitted, mark], [GAP]];
    });
    return composeLine([[indent], ...line], width, style).trimEnd();
  });
}

const GAP = '  ';

function columnWidths(
  columns: readonly Column[],
  rows: readonly (readonly Segment[])[],
  width: number,
): number[] {
  const widths = columns.map(({ head }, at) =>
    Math.max(textWidth(head), ...rows.map((cells) => textWidth(cells[at]?.[0] ?? ''))),
  );
  let excess = widths.reduce((sum, one) => sum + one, GAP.length * (widths.length - 1)) - width;
  while (excess > 0) {
    const widest = widestToCut(columns, widths);
    if (widest === undefined) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
    excess -= 1;
  }
  return widths;
}

function widestToCut(columns: readonly Column[], widths: readonly number[]): number | undefined {
  let found: number | undefined;
  for (const [at, { least }] of columns.entries()) {
    const now = widths[at] ?? 0;
    if (least !== undefined && now > least && now > (found === undefined ? 0 : (widths[found] ?? 0)))
      found = at;
  }
  return found;
}

/** The last cell of a row needs no room behind it. */
function cellText(text: string, width: number, align: Column['align'], isLast: boolean): string {
  const padded = padText(text, width);
  if (align === 'right')
    return padded.trimEnd().padStart(width - (textWidth(padded.trimEnd()) - padded.trimEnd().length));
  return isLast ? padded.trimEnd() : padded;
}
