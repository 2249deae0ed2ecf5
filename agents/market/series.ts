import { addDays, addWeekdays } from './calendar.ts';

/**
 * Prices of one ticker up to a day, oldest first; column n belongs to `dates[n]`. Whoever holds a series holds nothing later than
 * its last date: `loadSeries` is the only way to get one from data, and `knownAt` only shortens.
 */
export interface Series {
  readonly ticker: string;
  readonly name: string;
  /** Where the numbers come from, for the report. */
  readonly source: string;
  readonly frequency: 'daily' | 'monthly';
  /** ISO days. */
  readonly dates: readonly string[];
  readonly close: Float64Array;
  readonly high: Float64Array | undefined;
  readonly low: Float64Array | undefined;
  /** Shares traded. */
  readonly volume: Float64Array | undefined;
}

const SESSIONS_PER_YEAR = 252;
const SESSIONS_PER_MONTH = 21;

export function rowsPerYear(series: Series): number {
  return series.frequency === 'daily' ? SESSIONS_PER_YEAR : 12;
}

/**
 * Rows that span so many trading sessions: 200 are 200 daily rows or 10 monthly ones.
 * @param stretch makes the span longer or shorter, to see whether a result hangs on the chosen length
 */
export function rowsFor(series: Series, sessions: number, stretch = 1): number {
  const rows = series.frequency === 'daily' ? sessions : sessions / SESSIONS_PER_MONTH;
  return Math.max(series.frequency === 'daily' ? 1 : 2, Math.round(rows * stretch));
}

/** The series as it was known when it had so many rows. */
export function knownAt(series: Series, rows: number): Series {
  return {
    ...series,
    dates: series.dates.slice(0, rows),
    close: series.close.subarray(0, rows),
    high: series.high?.subarray(0, rows),
    low: series.low?.subarray(0, rows),
    volume: series.volume?.subarray(0, rows),
  };
}

export function lastPrice(series: Series): number {
  return series.close.at(-1) ?? Number.NaN;
}

export function lastDate(series: Series): string {
  return series.dates.at(-1) ?? '';
}

/** The series with one imagined row more: what would an analyst say if the next close were this? */
export function withNextClose(series: Series, price: number): Series {
  const last = lastPrice(series);
  const today = lastDate(series);
  const volume = series.volume;
  const usualVolume = volume === undefined ? 0 : average(volume.subarray(-20));
  return {
    ...series,
    dates: [...series.dates, series.frequency === 'daily' ? addWeekdays(today, 1) : addDays(today, 31)],
    close: append(series.close, price),
    high: series.high && append(series.high, Math.max(last, price)),
    low: series.low && append(series.low, Math.min(last, price)),
    volume: volume && append(volume, usualVolume),
  };
}

function append(column: Float64Array, value: number): Float64Array {
  const longer = new Float64Array(column.length + 1);
  longer.set(column);
  longer[column.length] = value;
  return longer;
}

function average(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}
