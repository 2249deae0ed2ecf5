import type { Output } from '../../../src/cli/output.ts';
import { createStyle } from '../../../src/cli/style.ts';

/** A terminal that understands what the live view writes; shows what a person would see. */
export class FakeTerminal implements Output {
  readonly isTerminal = true;
  readonly style = createStyle(false);
  columns: number;
  rows: number;
  isCursorVisible = true;
  /** Everything written, raw. */
  raw = '';
  /** Of all that was ever written, scrolled away or not. */
  #lines: string[] = [''];
  #row = 0;
  #column = 0;
  readonly #resizeListeners = new Set<() => void>();
  readonly #writeListeners = new Set<() => void>();

  constructor(columns = 80, rows = 24) {
    this.columns = columns;
    this.rows = rows;
  }

  /** The lines with something in them or after them, without spaces at their ends. */
  get lines(): readonly string[] {
    const lines = this.#lines.map((line) => line.trimEnd());
    while (lines.at(-1) === '') lines.pop();
    return lines;
  }

  readonly write = (text: string): void => {
    this.raw += text;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what a terminal reads.
    for (const [part, parameter = '', command] of text.matchAll(/\u001B\[\??(\d*)([A-Za-z])|[^\u001B]/g)) {
      if (command === undefined) this.#put(part);
      else this.#obey(part, command, Number(parameter || 1));
    }
    for (const listener of this.#writeListeners) listener();
  };

  /** Resolves once a line of the screen is like this. */
  async untilShows(pattern: RegExp): Promise<void> {
    const shown = Promise.withResolvers<void>();
    const look = (): void => {
      if (this.lines.some((line) => pattern.test(line))) shown.resolve();
    };
    this.#writeListeners.add(look);
    look();
    await shown.promise;
    this.#writeListeners.delete(look);
  }

  line(text = ''): void {
    this.write(`${text}\n`);
  }

  onResize(listener: () => void): () => void {
    this.#resizeListeners.add(listener);
    return () => this.#resizeListeners.delete(listener);
  }

  resize(columns: number, rows: number): void {
    this.columns = columns;
    this.rows = rows;
    for (const listener of this.#resizeListeners) listener();
  }

  get resizeListenerCount(): number {
    return this.#resizeListeners.size;
  }

  #put(character: string): void {
    if (character === '\r') {
      this.#column = 0;
      return;
    }
    if (character === '\n') {
      this.#row += 1;
      this.#column = 0;
      this.#lines[this.#row] ??= '';
      return;
    }
    const line = (this.#lines[this.#row] ?? '').padEnd(this.#column);
    this.#lines[this.#row] = line.slice(0, this.#column) + character + line.slice(this.#column + 1);
    this.#column += 1;
    if (this.#column > this.columns) throw new Error(`A line is wider than the terminal: ${line}`);
  }

  #obey(sequence: string, command: string, count: number): void {
    switch (command) {
      case 'A':
        if (count >= this.rows) throw new Error('The cursor cannot go above the screen.');
        this.#row = Math.max(0, this.#row - count);
        return;
      case 'K':
        this.#lines[this.#row] = (this.#lines[this.#row] ?? '').slice(0, this.#column);
        return;
      case 'J':
        this.#lines[this.#row] = (this.#lines[this.#row] ?? '').slice(0, this.#column);
        this.#lines.length = this.#row + 1;
        return;
      case 'h':
      case 'l':
        if (sequence.includes('?25')) this.isCursorVisible = command === 'h';
        return;
      default:
        throw new Error(`Unknown escape sequence ${JSON.stringify(sequence)}`);
    }
  }
}
