import { createStyle, type Style, wantsColours } from './style.ts';

/** One of the two streams that a command writes to. */
export interface Output {
  write(text: string): void;
  /** Writes the text and a line end. */
  line(text?: string): void;
  readonly isTerminal: boolean;
  /** Of the terminal now; 80 by 24 where there is none. */
  readonly columns: number;
  readonly rows: number;
  readonly style: Style;
  /** Calls back when the terminal's size changes; returns how to stop. */
  onResize(listener: () => void): () => void;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** An output on a stream of this process. */
export function streamOutput(stream: NodeJS.WriteStream, env: Environment): Output {
  const isTerminal = stream.isTTY === true;
  const write = (text: string): void => {
    stream.write(text);
  };
  return {
    write,
    line: (text = '') => write(`${text}\n`),
    isTerminal,
    get columns() {
      return stream.columns || Number(env.COLUMNS) || 80;
    },
    get rows() {
      return stream.rows || 24;
    },
    style: createStyle(wantsColours(isTerminal, env)),
    onResize(listener) {
      stream.on('resize', listener);
      return () => stream.off('resize', listener);
    },
  };
}

export interface TextOutput extends Output {
  /** All that was written. */
  readonly text: string;
}

/** An output that keeps what is written; for tests and for text that is handed on. */
export function textOutput({
  isTerminal = false,
  columns = 80,
  rows = 24,
  hasColours = false,
}: {
  isTerminal?: boolean;
  columns?: number;
  rows?: number;
  hasColours?: boolean;
} = {}): TextOutput {
  let text = '';
  const write = (more: string): void => {
    text += more;
  };
  return {
    get text() {
      return text;
    },
    write,
    line: (more = '') => write(`${more}\n`),
    isTerminal,
    columns,
    rows,
    style: createStyle(hasColours),
    onResize: () => () => undefined,
  };
}
