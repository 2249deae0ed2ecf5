import type { Style } from '../style.ts';
import { beside, type Cursor, type Pane, paneLines } from './pane.ts';

/** Where panes stand: which of them, and how large. */
export interface LayoutOptions {
  readonly columns: number;
  readonly rows: number;
  readonly style: Style;
  /** Index of the pane in which the person is. */
  readonly focus: number;
  readonly cursors: (pane: string) => Cursor;
  /** Index of the pane that shares a middling screen with the first, when that has the focus. */
  readonly companion: number;
  /** Panes under the first one where there are two columns; the rest stand at the side. */
  readonly under: readonly number[];
}

/** From so many columns on there are two of them. */
const WIDE = 100;
/** Below so many rows there is one pane. */
const SHORT = 18;

/** The height in which a pane's rows stand, its title aside; 0 for one that is not shown. */
interface Placed {
  readonly pane: number;
  readonly rows: number;
}

interface Plan {
  readonly left: readonly Placed[];
  readonly right: readonly Placed[];
  readonly leftColumns: number;
}

/** Which panes are shown, and how high they are. Pure. */
function planOf(
  count: number,
  { columns, rows, focus, companion, under }: Omit<LayoutOptions, 'style' | 'cursors'>,
): Plan {
  if (rows < SHORT || count === 1) return { left: [{ pane: focus, rows }], right: [], leftColumns: columns };
  if (columns < WIDE) {
    const second = focus === 0 ? companion : focus;
    const below = Math.max(5, Math.floor(rows * 0.35));
    return {
      left: [
        { pane: 0, rows: rows - below },
        { pane: second, rows: below },
      ],
      right: [],
      leftColumns: columns,
    };
  }
  const side = Array.from({ length: count }, (_, at) => at).filter((at) => at !== 0 && !under.includes(at));
  const below = under.length === 0 ? 0 : Math.floor(rows * 0.35);
  const leftColumns = Math.floor(columns * 0.62);
  return {
    left: [
      { pane: 0, rows: rows - below },
      ...under.map((pane) => ({ pane, rows: Math.floor(below / under.length) })),
    ],
    right: shared(side, rows),
    leftColumns,
  };
}

/** The first gets what the others leave. */
function shared(panes: readonly number[], rows: number): readonly Placed[] {
  const each = Math.floor(rows / panes.length);
  return panes.map((pane, at) => ({ pane, rows: at === 0 ? rows - each * (panes.length - 1) : each }));
}

export function layoutLines(panes: readonly Pane[], options: LayoutOptions): readonly string[] {
  const { columns, rows, style, focus, cursors } = options;
  const { left, right, leftColumns } = planOf(panes.length, options);
  const column = (placed: readonly Placed[], width: number): readonly string[] => {
    const lines = placed.flatMap(({ pane: at, rows: height }) => {
      const pane = panes[at];
      if (pane === undefined) return [];
      return paneLines(pane, cursors(pane.name), {
        columns: width,
        rows: height,
        style,
        isFocused: at === focus,
      });
    });
    return [...lines, ...Array.from({ length: Math.max(0, rows - lines.length) }, () => '')];
  };
  if (right.length === 0) return column(left, columns);
  return beside(column(left, leftColumns), column(right, columns - leftColumns - 1), leftColumns, style);
}

/** How many rows the pane shows; what a page is. */
export function heightOf(
  count: number,
  at: number,
  options: Omit<LayoutOptions, 'style' | 'cursors'>,
): number {
  const { left, right } = planOf(count, options);
  return Math.max(1, ([...left, ...right].find(({ pane }) => pane === at)?.rows ?? 2) - 1);
}

/** How wide each pane is, also one that is not shown now. */
export function widthsOf(
  count: number,
  options: Omit<LayoutOptions, 'style' | 'cursors'>,
): readonly number[] {
  const { right, leftColumns } = planOf(count, options);
  const beside = new Set(right.map(({ pane }) => pane));
  return Array.from({ length: count }, (_, at) =>
    beside.has(at) ? options.columns - leftColumns - 1 : leftColumns,
  );
}
