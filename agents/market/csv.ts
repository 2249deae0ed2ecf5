import { fatal } from '../program/agent-failure.ts';
import { parseDay } from './calendar.ts';

/** One price, as a line of a file gives it. */
export interface PriceRow {
  readonly date: string;
  readonly close: number;
  readonly high: number | undefined;
  readonly low: number | undefined;
  readonly volume: number | undefined;
}

export interface CsvSettings {
  /** For messages. */
  readonly file: string;
  /** Rows of other symbols are passed over, where the file has a column for it. */
  readonly ticker: string;
  /** Rows after this day are not read. Absent: all are. */
  readonly asOf: string | undefined;
}

export interface PriceRows {
  readonly rows: readonly PriceRow[];
  /** The earliest day in the file, within `asOf` or not; undefined when no row is of this ticker. */
  readonly firstDate: string | undefined;
}

/**
 * Reads `date, close` and, where there are columns for them, `high`, `low`, `volume` and `symbol`. Column names in any case and
 * order; `price` is another name for `close`. The reading ends with the row of `asOf`, else at the first later one: what follows is not even looked at.
 * @throws AgentFailure `fatal` naming file and line for what cannot be a price row
 */
export function parsePrices(text: string, settings: CsvSettings): PriceRows {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const columns = readHeader(lines[0] ?? '', settings.file);
  const rows: PriceRow[] = [];
  let firstDate: string | undefined;
  for (const [index, line] of lines.entries()) {
    if (index === 0 || line === '') continue;
    const previous = rows.at(-1)?.date;
    if (settings.asOf !== undefined && previous === settings.asOf) break;
    const place = `${settings.file}:${index + 1}`;
    const cells = splitLine(line);
    if (columns.symbol !== undefined && cells[columns.symbol]?.toUpperCase() !== settings.ticker) continue;
    const date = readDate(cells[columns.date], place);
    if (firstDate === undefined || date < firstDate) firstDate = date;
    if (settings.asOf !== undefined && date > settings.asOf) {
      if (rows.length > 0) break;
      continue;
    }
    if (previous !== undefined && date <= previous) {
      throw fatal(
        `${place}: ${date} does not come after ${previous}; sort the rows by date, oldest first, each once`,
      );
    }
    rows.push(readRow(cells, columns, date, place));
  }
  return { rows, firstDate };
}

interface Columns {
  readonly date: number;
  readonly close: number;
  readonly high: number | undefined;
  readonly low: number | undefined;
  readonly volume: number | undefined;
  readonly symbol: number | undefined;
}

function readHeader(line: string, file: string): Columns {
  const names = splitLine(line).map((name) => name.toLowerCase());
  const find = (...wanted: string[]): number | undefined => {
    const index = names.findIndex((name) => wanted.includes(name));
    return index === -1 ? undefined : index;
  };
  const date = find('date');
  const close = find('close', 'price');
  if (date === undefined || close === undefined) {
    throw fatal(
      `${file}:1: the header needs the columns date and close (open, high, low and volume if there are any); it has ${names.join(', ') || 'nothing'}`,
    );
  }
  return {
    date,
    close,
    high: find('high'),
    low: find('low'),
    volume: find('volume'),
    symbol: find('symbol', 'ticker'),
  };
}

function readRow(cells: readonly string[], columns: Columns, date: string, place: string): PriceRow {
  const cell = (column: number | undefined) => (column === undefined ? undefined : (cells[column] ?? ''));
  const close = readPrice(cell(columns.close) ?? '', 'close', place);
  const [high, low] = (['high', 'low'] as const).map((name) => {
    const text = cell(columns[name]);
    return text === undefined ? undefined : readPrice(text, name, place);
  });
  if (high !== undefined && low !== undefined && high < low) {
    throw fatal(`${place}: high ${high} is below low ${low}`);
  }
  return { date, close, high, low, volume: readVolume(cell(columns.volume), place) };
}

function readDate(cell: string | undefined, place: string): string {
  const date = parseDay(cell ?? '');
  if (date === undefined)
    throw fatal(`${place}: date ${JSON.stringify(cell ?? '')} is not a day like 2020-02-19`);
  return date;
}

function readPrice(cell: string, name: string, place: string): number {
  const price = readNumber(cell);
  if (!(price > 0)) throw fatal(`${place}: ${name} ${JSON.stringify(cell)} is not a number above 0`);
  return price;
}

function readVolume(cell: string | undefined, place: string): number | undefined {
  if (cell === undefined) return undefined;
  const volume = readNumber(cell);
  if (!(volume >= 0)) throw fatal(`${place}: volume ${JSON.stringify(cell)} is not a number of at least 0`);
  return volume;
}

/** NaN for what is not a finite number. */
function readNumber(cell: string): number {
  const number = cell === '' ? Number.NaN : Number(cell);
  return Number.isFinite(number) ? number : Number.NaN;
}

function splitLine(line: string): string[] {
  if (!line.includes('"')) return line.split(',').map((cell) => cell.trim());
  return [...line.matchAll(/(?:^|,)(?:\s*"((?:[^"]|"")*)"\s*|([^,]*))/g)].map(([, quoted, plain]) =>
    (quoted?.replaceAll('""', '"') ?? plain ?? '').trim(),
  );
}
