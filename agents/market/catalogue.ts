import { fileURLToPath } from 'node:url';

/** Price series that come with the npm package `vega-datasets` (BSD-3-Clause). */
export interface CarriedSeries {
  readonly ticker: string;
  readonly aliases: readonly string[];
  readonly name: string;
  readonly file: string;
  readonly coverage: string;
}

const MONTHLY = { file: 'stocks.csv', aliases: [] };

export const CARRIED: readonly CarriedSeries[] = [
  {
    ticker: 'SPX',
    aliases: ['^GSPC', 'GSPC', 'SP500', 'S&P500'],
    name: 'S&P 500 index',
    file: 'sp500-2000.csv',
    coverage: 'daily, 2000-01-03 to 2020-04-17',
  },
  { ...MONTHLY, ticker: 'AAPL', name: 'Apple', coverage: 'monthly, 2000-01 to 2010-03' },
  { ...MONTHLY, ticker: 'AMZN', name: 'Amazon', coverage: 'monthly, 2000-01 to 2010-03' },
  { ...MONTHLY, ticker: 'GOOG', name: 'Google', coverage: 'monthly, 2004-08 to 2010-03' },
  { ...MONTHLY, ticker: 'IBM', name: 'IBM', coverage: 'monthly, 2000-01 to 2010-03' },
  { ...MONTHLY, ticker: 'MSFT', name: 'Microsoft', coverage: 'monthly, 2000-01 to 2010-03' },
];

/** The carried series of a ticker or one of its aliases, in any case. */
export function findCarried(ticker: string): CarriedSeries | undefined {
  const wanted = ticker.trim().toUpperCase();
  return CARRIED.find((series) => series.ticker === wanted || series.aliases.includes(wanted));
}

/** Absolute path of the file; it is found wherever npm put the package. */
export function pathOfCarried(series: CarriedSeries): string {
  return fileURLToPath(new URL(`../data/${series.file}`, import.meta.resolve('vega-datasets')));
}

/** One sentence with every ticker there is. */
export function describeCarried(): string {
  const listed = CARRIED.map(({ ticker, coverage }) => `${ticker} (${coverage})`);
  return `There is data for ${listed.join(', ')}.`;
}
