import type { Output } from '../output.ts';
import { BEGIN_UPDATE, END_UPDATE, HIDE_CURSOR, SHOW_CURSOR } from './screen.ts';
import { textWidth } from './text-width.ts';

/**
 * The whole terminal, drawn again in place; what stood there before comes back when it is left.
 *
 * 1. Lines are never wider than the terminal and never more than its rows: nothing wraps or scrolls.
 * 2. Only rows that changed are written, as one write inside a synchronised update: nothing flickers.
 */
export class FullScreen {
  readonly #output: Output;
  #drawn: readonly string[] = [];
  #isOn = false;

  constructor(output: Output) {
    this.#output = output;
  }

  enter(): void {
    if (this.#isOn) return;
    this.#isOn = true;
    this.#drawn = [];
    this.#output.write(`${ENTER_OTHER}${HIDE_CURSOR}${CLEAR_ALL}`);
  }

  /** Replaces what is there. Before {@link enter} and after {@link leave} nothing happens. */
  draw(lines: readonly string[]): void {
    if (!this.#isOn) return;
    const { columns } = this.#output;
    const rows = Math.max(lines.length, this.#drawn.length);
    let text = '';
    for (let row = 0; row < rows; row += 1) {
      const line = lines[row] ?? '';
      if (line === this.#drawn[row]) continue;
      // Behind a full line there is nothing to clear, and clearing there would take its last column away.
      const rest = textWidth(line) < columns ? CLEAR_LINE : '';
      text += `\u001B[${row + 1};1H${line}${RESET}${rest}`;
    }
    this.#drawn = lines;
    if (text !== '') this.#output.write(`${BEGIN_UPDATE}${text}${END_UPDATE}`);
  }

  /** What is there may be another than what was drawn: all of it is written the next time. */
  forget(): void {
    this.#drawn = [];
    if (this.#isOn) this.#output.write(CLEAR_ALL);
  }

  /** Gives the terminal back as it was. May be called twice. */
  leave(): void {
    if (!this.#isOn) return;
    this.#isOn = false;
    this.#output.write(LEAVE_FULL_SCREEN);
  }
}

const ENTER_OTHER = '\u001B[?1049h';
const RESET = '\u001B[0m';
const CLEAR_ALL = '\u001B[2J\u001B[H';
const CLEAR_LINE = '\u001B[K';

/** Also for the end of a process that had no time to leave. */
export const LEAVE_FULL_SCREEN: string = `${END_UPDATE}${RESET}${SHOW_CURSOR}\u001B[?1049l`;
