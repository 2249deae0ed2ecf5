import type { Output } from '../../src/cli/output.ts';
import { createStyle } from '../../src/cli/style.ts';
import type { Key, Keyboard } from '../../src/cli/terminal/keyboard.ts';
import { textWidth } from '../../src/cli/terminal/text-width.ts';

const ESCAPE = '\u001B';

/** A terminal that keeps what stands on it, and on which keys are pressed by calls. Understands what the views write, and no more. */
export class WholeTerminal {
  columns: number;
  rows: number;
  /** On the other screen, which gives back what was there before. */
  isOnOther = false;
  isCursorHidden = false;
  /** Writes since it was made. */
  writes = 0;
  /** Everything that was written. */
  raw = '';
  readonly #cells: string[][] = [];
  readonly #waiting = new Set<() => void>();
  readonly #resized = new Set<() => void>();
  #listener: ((key: Key) => void) | undefined;
  #row = 0;
  #column = 0;

  constructor(columns = 120, rows = 40) {
    this.columns = columns;
    this.rows = rows;
  }

  output(hasColours = false): Output {
    const terminal = this;
    return {
      write: (text) => this.#write(text),
      line: (text = '') => this.#write(`${text}\n`),
      isTerminal: true,
      get columns() {
        return terminal.columns;
      },
      get rows() {
        return terminal.rows;
      },
      style: createStyle(hasColours),
      onResize: (listener) => {
        this.#resized.add(listener);
        return () => this.#resized.delete(listener);
      },
    };
  }

  readonly keyboard: Keyboard = {
    listen: (listener) => {
      this.#listener = listener;
      return () => {
        this.#listener = undefined;
      };
    },
  };

  /** Keys are taken as they are pressed, and not shown. */
  get isRaw(): boolean {
    return this.#listener !== undefined;
  }

  /** Names of keys, or texts that are typed letter by letter after `type:`. */
  press(...keys: readonly string[]): void {
    for (const key of keys) {
      if (key.startsWith('type:')) for (const text of key.slice('type:'.length)) this.#key(text, text);
      else if (key.startsWith('ctrl-')) this.#key(key.slice('ctrl-'.length), '', true);
      else this.#key(key, key.length === 1 ? key : '');
    }
  }

  resize(columns: number, rows: number): void {
    this.columns = columns;
    this.rows = rows;
    for (const listener of this.#resized) listener();
  }

  /** What stands on it now. */
  get text(): string {
    return this.#cells
      .map((line) => line.join('').trimEnd())
      .join('\n')
      .trimEnd();
  }

  /** Resolves once this stands on it. */
  async shows(pattern: RegExp): Promise<string> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const look = (): void => {
      if (pattern.test(this.text)) resolve();
    };
    this.#waiting.add(look);
    look();
    await promise;
    this.#waiting.delete(look);
    return this.text;
  }

  #key(name: string, text: string, isCtrl = false): void {
    this.#listener?.({ name, text: isCtrl ? '' : text, isCtrl, isShift: false });
  }

  #write(text: string): void {
    this.writes += 1;
    this.raw += text;
    for (const [part] of text.matchAll(PARTS)) {
      if (part.startsWith('\u001B')) this.#control(part);
      else this.#put(part);
    }
    for (const look of this.#waiting) look();
  }

  #control(sequence: string): void {
    const [, given = '', letter] = /\[([?\d;]*)([A-Za-z])$/.exec(sequence) ?? [];
    if (letter === 'H') {
      const [row = 1, column = 1] = given.split(';').map(Number);
      this.#row = (row || 1) - 1;
      this.#column = (column || 1) - 1;
    } else if (letter === 'K') this.#cells[this.#row]?.splice(this.#column);
    else if (letter === 'J') this.#cells.length = 0;
    else if (letter === 'h' || letter === 'l') this.#mode(given, letter === 'h');
  }

  #mode(mode: string, isOn: boolean): void {
    if (mode === '?25') this.isCursorHidden = !isOn;
    if (mode !== '?1049') return;
    this.isOnOther = isOn;
    this.#cells.length = 0;
    this.#row = 0;
    this.#column = 0;
  }

  #put(sign: string): void {
    if (sign === '\n') {
      this.#row += 1;
      this.#column = 0;
      return;
    }
    if (sign === '\r') {
      this.#column = 0;
      return;
    }
    const width = textWidth(sign);
    if (this.isOnOther && this.#column + width > this.columns)
      throw new Error(`Row ${this.#row + 1} is wider than ${this.columns}.`);
    if (this.isOnOther && this.#row >= this.rows) throw new Error(`There are more than ${this.rows} rows.`);
    while (this.#cells.length <= this.#row) this.#cells.push([]);
    const line = this.#cells[this.#row] as string[];
    while (line.length < this.#column) line.push(' ');
    line[this.#column] = sign;
    for (let more = 1; more < width; more += 1) line[this.#column + more] = '';
    this.#column += width;
  }
}

/** A control sequence, or a sign with what combines with it. */
const PARTS = new RegExp(`${ESCAPE}\\[[?\\d;]*[A-Za-z]|[^${ESCAPE}]`, 'gu');
