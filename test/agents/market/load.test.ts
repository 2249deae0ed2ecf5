import { afterEach, describe, expect, it } from 'vitest';
import { loadSeries } from '../../../agents/market/load.ts';
import { AgentFailure } from '../../../agents/program/agent-failure.ts';
import type { JsonRecord } from '../../../agents/program/request.ts';
import { dailyRows, writeCsv } from '../csv-file.ts';

function failureOf(input: JsonRecord): AgentFailure {
  try {
    loadSeries(input);
  } catch (error) {
    if (error instanceof AgentFailure) return error;
    throw error;
  }
  throw new Error('the series was loaded');
}

describe('carried series', () => {
  it('hold every row of the index up to its last day by default', () => {
    const { dates, close, frequency } = loadSeries({ ticker: 'SPX' });
    expect([dates.length, dates[0], dates.at(-1), frequency]).toEqual([
      5104 + 1,
      '2000-01-03',
      '2020-04-17',
      'daily',
    ]);
    expect(close.at(-1)).toBe(2874.560059);
  });

  it.each(['^GSPC', 'sp500', 'spx ', 'GSPC'])('know the index as %s', (ticker) => {
    expect(loadSeries({ ticker }).ticker).toBe('SPX');
  });

  it.each([
    ['MSFT', 123, '2010-03-01', 28.8],
    ['GOOG', 68, '2010-03-01', 560.19],
    ['aapl', 123, '2010-03-01', 223.02],
  ])('hold the months of %s alone, without volume', (ticker, months, last, price) => {
    const series = loadSeries({ ticker });
    expect([series.dates.length, series.dates.at(-1), series.close.at(-1)]).toEqual([months, last, price]);
    expect([series.frequency, series.volume, series.high]).toEqual(['monthly', undefined, undefined]);
  });

  it('end on the last session before a day without one', () => {
    expect(loadSeries({ ticker: 'SPX', asOf: '2020-02-23' }).dates.at(-1)).toBe('2020-02-21');
  });

  it('are listed where a ticker has none', () => {
    const { class: failureClass, message } = failureOf({ ticker: 'BTC' });
    expect(failureClass).toBe('fatal');
    for (const part of [
      'BTC',
      'SPX (daily, 2000-01-03 to 2020-04-17)',
      'AAPL',
      'AMZN',
      'GOOG',
      'IBM',
      'MSFT',
      'dataFile',
    ]) {
      expect(message).toContain(part);
    }
  });

  it.each([
    ['1999-12-31', 'asOf 1999-12-31 is before the data of SPX, which begin on 2000-01-03'],
    ['2021-01-04', 'asOf 2021-01-04 is after the data of SPX, which go from 2000-01-03 to 2020-04-17'],
    ['2020-02-30', 'asOf "2020-02-30" is not a day like 2020-02-19'],
    ['soon', 'asOf "soon" is not a day like 2020-02-19'],
    ['2000-01-10', 'SPX has 6 prices up to 2000-01-10; an analysis needs at least 30'],
  ])('refuse the day %s', (asOf, message) => {
    expect(failureOf({ ticker: 'SPX', asOf }).message).toBe(message);
  });

  it('need a ticker', () => {
    expect(failureOf({}).message).toContain('ticker is missing');
  });
});

describe('a file of one’s own', () => {
  afterEach(() => {
    delete process.env.TROUPE_MARKET_CSV;
  });

  it('takes columns in any order and case, quotes, and a byte order mark', () => {
    const rows = dailyRows(40).map((row) => `"1,5",${row.replace(',', ' ,"')}"`);
    const dataFile = writeCsv(`\uFEFFNote,DATE,Close\r\n${rows.join('\r\n')}\r\n`);
    const series = loadSeries({ ticker: 'mine', dataFile });
    expect([series.ticker, series.close.length, series.close[0], series.dates[0]]).toEqual([
      'MINE',
      40,
      100,
      '2010-01-04',
    ]);
  });

  it('may be named by the variable of the environment', () => {
    process.env.TROUPE_MARKET_CSV = writeCsv(`date,close\n${dailyRows(31).join('\n')}`);
    expect(loadSeries({ ticker: 'MINE' }).close.at(-1)).toBe(130);
  });

  it('has no volume when all of it is 0', () => {
    const dataFile = writeCsv(
      `date,close,volume\n${dailyRows(40)
        .map((row) => `${row},0`)
        .join('\n')}`,
    );
    expect(loadSeries({ ticker: 'MINE', dataFile }).volume).toBeUndefined();
  });

  const header = 'date,open,high,low,close,volume';
  const good = dailyRows(40).map((row) => `${row.replace(',', ',1,999,1,')},5`);
  const withRow = (index: number, row: string): string =>
    [header, ...good.slice(0, index), row, ...good.slice(index)].join('\n');

  it.each([
    ['no close', 'date,open\n2010-01-04,1', ':1: the header needs the columns date and close'],
    ['nothing', '', ':1: the header needs the columns date and close'],
    ['a date that is none', withRow(3, '2010-13-01,1,2,1,1,1'), ':5: date "2010-13-01" is not a day'],
    [
      'a close that is no number',
      withRow(4, '2010-01-08,1,2,1,n/a,1'),
      ':6: close "n/a" is not a number above 0',
    ],
    ['a close of 0', withRow(4, '2010-01-08,1,2,1,0,1'), ':6: close "0" is not a number above 0'],
    ['a missing cell', withRow(4, '2010-01-08,1,2'), ':6: close "" is not a number above 0'],
    [
      'a negative volume',
      withRow(40, '2011-01-08,1,2,1,1,-3'),
      ':42: volume "-3" is not a number of at least 0',
    ],
    ['a high below its low', withRow(40, '2011-01-08,1,2,3,2,5'), ':42: high 2 is below low 3'],
    ['a day twice', withRow(1, good[0] ?? ''), ':3: 2010-01-04 does not come after 2010-01-04'],
    ['the newest first', [header, ...good.toReversed()].join('\n'), 'sort the rows by date, oldest first'],
  ])('with %s is refused at its place', (_, content, message) => {
    const dataFile = writeCsv(content);
    const failure = failureOf({ ticker: 'MINE', dataFile });
    expect(failure.class).toBe('fatal');
    expect(failure.message).toContain(message);
    expect(failure.message.startsWith(dataFile)).toBe(true);
  });

  it('with a price a week is refused', () => {
    const rows = dailyRows(400).filter((_, index) => index % 5 === 0);
    const dataFile = writeCsv(`date,close\n${rows.join('\n')}`);
    expect(failureOf({ ticker: 'MINE', dataFile }).message).toContain('has a price every 7 days');
  });

  it('without a row of the ticker is refused', () => {
    const dataFile = writeCsv('symbol,date,close\nABC,2010-01-04,1\n');
    expect(failureOf({ ticker: 'MINE', dataFile }).message).toContain('has no row of MINE');
  });

  it('that is not there is refused', () => {
    expect(failureOf({ ticker: 'MINE', dataFile: '/nowhere/prices.csv' }).message).toContain('ENOENT');
  });

  it('is not looked at after the day of the decision', () => {
    const rows = dailyRows(40);
    const dataFile = writeCsv(['date,close', ...rows, '2010-03-01,broken', 'what,ever'].join('\n'));
    const asOf = rows.at(-1)?.slice(0, 10) ?? '';
    expect(loadSeries({ ticker: 'MINE', dataFile, asOf }).close.length).toBe(40);
    expect(failureOf({ ticker: 'MINE', dataFile }).message).toContain(':42: close "broken"');
  });
});
