import type { Output } from '../output.ts';
import type { Style } from '../style.ts';
import { oneLine } from '../terminal/text-width.ts';
import { composeLine, type Segment } from './segments.ts';
import { valueLines } from './value-lines.ts';

/** The paper that a report is written on: how wide, and whether it takes colours. */
export interface Page {
  readonly width: number;
  readonly style: Style;
  /** Milliseconds since 1970, for what is told as long ago. */
  readonly now: number;
}

/** The terminal, or 100 columns where it goes to a file or another program. */
export function pageOf(output: Output, now: number): Page {
  return { width: output.isTerminal ? Math.max(40, output.columns - 1) : 100, style: output.style, now };
}

/** One line of the page. */
export function line(page: Page, ...segments: readonly Segment[]): string {
  return composeLine(segments, page.width, page.style).trimEnd();
}

/** A heading, with an empty line before it. */
export function heading(page: Page, text: string): readonly string[] {
  return ['', page.style.bold(text)];
}

/** The lines under a label of their own width: `Label      first line`, the others under the first. */
export function labelled(page: Page, label: string, lines: readonly string[], mark?: keyof Style): string[] {
  return lines.map((text, at) =>
    line(page, [(at === 0 ? label : '').padEnd(LABEL_WIDTH), 'dim'], [text, mark]),
  );
}

/** A text, whatever is in it, in lines that fit behind an indent; at most eight. */
export function indented(page: Page, text: string, by: number, mark?: keyof Style): readonly string[] {
  const lines = valueLines(oneLine(text), { columns: Math.max(20, page.width - by), maxLines: 8 });
  return lines.filter((one) => one !== '').map((one) => line(page, [' '.repeat(by)], [one, mark]));
}

/** Columns left for what stands behind a label. */
export function roomBehindLabel({ width }: Page): number {
  return Math.max(20, width - LABEL_WIDTH);
}

const LABEL_WIDTH = 11;
