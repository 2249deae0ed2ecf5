import type { Style } from '../style.ts';
import { fitText, textWidth } from '../terminal/text-width.ts';

/** A piece of a line: plain text, and how it is marked. */
export type Segment = readonly [text: string, mark?: keyof Style | undefined];

/** One line of at most so many columns; cut as plain text, then marked, so that a mark is never cut in half. */
export function composeLine(segments: readonly Segment[], columns: number, style: Style): string {
  let line = '';
  let left = columns;
  for (const [text, mark] of segments) {
    if (left <= 0) break;
    const fitted = fitText(text, left);
    left -= fitted === text ? textWidth(text) : left;
    line += mark === undefined ? fitted : style[mark](fitted);
  }
  return line;
}
