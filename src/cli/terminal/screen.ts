import type { Output } from '../output.ts';
import { textWidth } from './text-width.ts';

/**
 * A block of lines at the bottom of the terminal that is drawn again in place; what scrolled by above it stays.
 *
 * 1. Lines are never wider than the terminal, so one line is one row.
 * 2. Only rows that changed are written, as one write inside a synchronised update: nothing flickers.
 *    https://gist.github.com/christianparpart/d8a62cc1ab659194337d73e399004036
 * 3. The cursor is hidden while the block stands and shown again by {@link Screen.clear}.
 */
export class Screen {
  readonly #output: Output;
  #drawn: readonly string[] = [];
  #isCursorHidden = false;

  constructor(output: Output) {
    this.#output = output;
  }

  /** Replaces the block. */
  draw(lines: readonly string[]): void {
    const before = this.#drawn;
    let text = up(before.length);
    for (const [row, line] of lines.entries()) {
      text += line === before[row] ? '\n' : `${line}${CLEAR_LINE}\n`;
    }
    this.#write(HIDE_CURSOR + text + CLEAR_BELOW);
    this.#isCursorHidden = true;
    this.#drawn = lines;
  }

  /** Writes text above the block: what is meant to stay. */
  printAbove(text: string): void {
    const block = this.#drawn.map((line) => `${line}\n`).join('');
    const ended = text.endsWith('\n') ? text : `${text}\n`;
    this.#write(up(this.#drawn.length) + CLEAR_BELOW + ended + block);
  }

  /** After the terminal's size changed: its rows may have been wrapped, so all of them are taken away. */
  forget(): void {
    const { columns, rows } = this.#output;
    const wrapped = this.#drawn.reduce(
      (sum, line) => sum + Math.max(1, Math.ceil(textWidth(line) / columns)),
      0,
    );
    this.#write(up(Math.min(wrapped, rows - 1)) + CLEAR_BELOW);
    this.#drawn = [];
  }

  /** Takes the block away and gives the cursor back. Safe to call again. */
  clear(): void {
    if (this.#drawn.length === 0 && !this.#isCursorHidden) return;
    this.#write(up(this.#drawn.length) + CLEAR_BELOW + SHOW_CURSOR);
    this.#drawn = [];
    this.#isCursorHidden = false;
  }

  #write(text: string): void {
    this.#output.write(BEGIN_UPDATE + text + END_UPDATE);
  }
}

/** Shown again, whatever happened; for the end of a process that had no time to clear. */
export const SHOW_CURSOR = '\u001B[?25h';

export const HIDE_CURSOR = '\u001B[?25l';
export const BEGIN_UPDATE = '\u001B[?2026h';
export const END_UPDATE = '\u001B[?2026l';
const CLEAR_LINE = '\u001B[K';
const CLEAR_BELOW = '\u001B[J';

function up(rows: number): string {
  return rows === 0 ? '\r' : `\r\u001B[${rows}A`;
}
