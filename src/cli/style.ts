/** Marks text for a terminal; where colours are not wanted each function returns the text as it is. */
export interface Style {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly magenta: (text: string) => string;
  readonly cyan: (text: string) => string;
}

export function createStyle(hasColours: boolean): Style {
  const mark = (open: number, close: number) => (text: string) =>
    hasColours && text !== '' ? `\u001B[${open}m${text}\u001B[${close}m` : text;
  return {
    bold: mark(1, 22),
    dim: mark(2, 22),
    red: mark(31, 39),
    green: mark(32, 39),
    yellow: mark(33, 39),
    magenta: mark(35, 39),
    cyan: mark(36, 39),
  };
}

/** Colours: `FORCE_COLOR` and `NO_COLOR` decide (https://no-color.org), else whether it is a terminal that can. */
export function wantsColours(
  isTerminal: boolean,
  env: Readonly<Record<string, string | undefined>>,
): boolean {
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return false;
  if (env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== '') return env.FORCE_COLOR !== '0';
  return isTerminal && env.TERM !== 'dumb';
}
