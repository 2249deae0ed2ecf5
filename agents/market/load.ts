import { readFileSync } from 'node:fs';
import process from 'node:process';
import { fatal } from '../program/agent-failure.ts';
import type { JsonRecord } from '../program/request.ts';
import { daysBetween, parseDay } from './calendar.ts';
import { describeCarried, findCarried, pathOfCarried } from './catalogue.ts';
import { type PriceRow, parsePrices } from './csv.ts';
import type { Series } from './series.ts';

/** How long after its last row a series still counts as current: a long weekend, a month. */
const STALE_AFTER_DAYS = { daily: 7, monthly: 31 };
const FEWEST_ROWS = 30;

/**
 * The prices that an input asks for, up to its `asOf` (default: the last day there is) and nothing later. From the file that
 * `dataFile` or the variable TROUPE_MARKET_CSV names, else from the carried data.
 * @throws AgentFailure `fatal` for an unknown ticker, a day outside the series, an unreadable file (with file and line)
 */
export function loadSeries(input: JsonRecord): Series {
  const asOf = readAsOf(input.asOf);
  const { file, ticker, name, source } = findSource(input);
  const { rows, firstDate } = parsePrices(readText(file), { file: source, ticker, asOf });
  if (firstDate === undefined) throw fatal(`${source} has no row of ${ticker}`);
  const last = rows.at(-1)?.date;
  if (last === undefined)
    throw fatal(`asOf ${asOf} is before the data of ${ticker}, which begin on ${firstDate}`);
  if (rows.length < FEWEST_ROWS) {
    const when = asOf === undefined ? '' : ` up to ${asOf}`;
    throw fatal(`${ticker} has ${rows.length} prices${when}; an analysis needs at least ${FEWEST_ROWS}`);
  }
  const frequency = frequencyOf(rows, source);
  if (asOf !== undefined && daysBetween(last, asOf) > STALE_AFTER_DAYS[frequency]) {
    throw fatal(`asOf ${asOf} is after the data of ${ticker}, which go from ${firstDate} to ${last}`);
  }
  return {
    ticker,
    name,
    source,
    frequency,
    dates: rows.map((row) => row.date),
    close: Float64Array.from(rows, (row) => row.close),
    high: columnOf(rows, 'high'),
    low: columnOf(rows, 'low'),
    volume: columnOf(rows, 'volume'),
  };
}

interface Source {
  readonly file: string;
  readonly ticker: string;
  readonly name: string;
  readonly source: string;
}

function findSource(input: JsonRecord): Source {
  const ticker = String(input.ticker ?? '').trim();
  if (ticker === '') throw fatal(`The input ticker is missing. ${describeCarried()}`);
  const own = String(input.dataFile ?? '') || process.env.TROUPE_MARKET_CSV;
  if (own) return { file: own, ticker: ticker.toUpperCase(), name: ticker, source: own };
  const carried = findCarried(ticker);
  if (carried === undefined) {
    throw fatal(
      `No price data for ${ticker}. ${describeCarried()} For anything else give a CSV file as dataFile (columns date, open, high, low, close, volume).`,
    );
  }
  return {
    file: pathOfCarried(carried),
    ticker: carried.ticker,
    name: carried.name,
    source: `vega-datasets/data/${carried.file}`,
  };
}

function readAsOf(value: JsonRecord[string]): string | undefined {
  const text = String(value ?? '').trim();
  if (text === '') return undefined;
  const day = parseDay(text);
  if (day === undefined) throw fatal(`asOf ${JSON.stringify(value)} is not a day like 2020-02-19`);
  return day;
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw fatal(`The prices cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Told by the usual distance of the latest rows. */
function frequencyOf(rows: readonly PriceRow[], source: string): Series['frequency'] {
  const latest = rows.slice(-100);
  const gaps = latest.slice(1).map((row, index) => daysBetween(latest[index]?.date ?? row.date, row.date));
  const usual = gaps.sort((a, b) => a - b)[gaps.length >> 1] ?? 0;
  if (usual <= 4) return 'daily';
  if (usual >= 28 && usual <= 31) return 'monthly';
  throw fatal(`${source} has a price every ${usual} days; daily and monthly series are understood`);
}

/** The column, if every row has it and it says something: a volume of nothing but zeros does not. */
function columnOf(rows: readonly PriceRow[], name: 'high' | 'low' | 'volume'): Float64Array | undefined {
  const column = new Float64Array(rows.length);
  for (const [index, row] of rows.entries()) {
    const value = row[name];
    if (value === undefined) return undefined;
    column[index] = value;
  }
  return column.some((value) => value > 0) ? column : undefined;
}
