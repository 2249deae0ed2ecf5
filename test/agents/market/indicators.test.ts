import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { movingAverage, simpleAverage } from '../../../agents/market/averages.ts';
import { CARRIED, pathOfCarried } from '../../../agents/market/catalogue.ts';
import { describeDrawdown, worstWithin } from '../../../agents/market/drawdown.ts';
import { loadSeries } from '../../../agents/market/load.ts';
import { halfLife } from '../../../agents/market/mean-reversion.ts';
import { macd, relativeStrengthIndex, zScore } from '../../../agents/market/oscillators.ts';
import { logReturns, returnsOver, trailingReturn } from '../../../agents/market/returns.ts';
import { monthlyReturns } from '../../../agents/market/seasons.ts';
import {
  at,
  autocorrelation,
  excessKurtosis,
  fitLine,
  mean,
  percentileOf,
  quantile,
  skewness,
  standardDeviation,
} from '../../../agents/market/statistics.ts';
import { cornishFisherTail, historicalTail } from '../../../agents/market/value-at-risk.ts';
import {
  forecastVolatility,
  rangeVolatility,
  realisedVolatility,
  rollingVolatility,
} from '../../../agents/market/volatility.ts';
import { balanceSlope, distributionDays, upDownRatio } from '../../../agents/market/volume.ts';

/** What independent.py finds in the same file. */
function computeInPython(asOf: string): Record<string, number> {
  const [index] = CARRIED;
  if (index === undefined) throw new Error('nothing is carried');
  const program = join(import.meta.dirname, 'independent.py');
  return JSON.parse(execFileSync('python3', [program, pathOfCarried(index), asOf], { encoding: 'utf8' }));
}

function computeHere(asOf: string): Record<string, number> {
  const { close, high = close, low = close, volume = close, ...series } = loadSeries({ ticker: 'SPX', asOf });
  const returns = logReturns(close);
  const line = fitLine(close.slice(-126).map(Math.log));
  const oscillator = macd(close);
  const drawdown = describeDrawdown(close);
  const over = returnsOver(close, 21);
  const tail = historicalTail(over, 0.95);
  const months = monthlyReturns({ close, high, low, volume, ...series });
  const logs = close.map(Math.log);
  // The mean of logarithms and the logarithm of the mean are two conventions; here the second, as in independent.py.
  const gaps = close.map((price, index) => Math.log(price / at(movingAverage(close, 63), index))).slice(-504);
  const volatility = realisedVolatility(returns, 21, 252);
  return {
    average50: simpleAverage(close, 50),
    average200: simpleAverage(close, 200),
    average200Before20: simpleAverage(close, 200, 20),
    slope126: line.slope,
    fit126: line.fit,
    return12to1: trailingReturn(close, 252, 21),
    rsi14: relativeStrengthIndex(close, 14),
    macdLine: oscillator.line,
    macdSignal: oscillator.signal,
    volatility21: volatility,
    volatilityPercentile: percentileOf(
      rollingVolatility(returns, 21, 252),
      at(rollingVolatility(returns, 21, 252), returns.length - 21),
    ),
    forecast: forecastVolatility(returns, 252),
    parkinson21: rangeVolatility(high, low, 21, 252),
    clustering: autocorrelation(
      returns.map((value) => value * value),
      1,
    ),
    drawdown: drawdown.current,
    worstDrawdown: drawdown.worst,
    valueAtRisk: tail.valueAtRisk,
    expectedShortfall: tail.expectedShortfall,
    skewness: skewness(returns),
    excessKurtosis: excessKurtosis(returns),
    cornishFisher: cornishFisherTail(returns, 21, standardDeviation(returns), 0.95),
    fallWithin21: quantile(worstWithin(close, 21), 0.05),
    zScore63: zScore(logs, 63),
    gapPull: 0.5 ** (1 / halfLife(gaps)) - 1,
    upDownRatio50: upDownRatio(close, volume, 50),
    balanceSlope63: balanceSlope(close, volume, 63),
    distributionDays25: distributionDays(close, volume, 25),
    months: months.length,
    meanMonth: mean(months.map((month) => month.return)),
  };
}

describe('indicators on real prices', () => {
  it.each(['2007-10-09', '2009-03-09', '2020-02-19', '2020-03-23'])(
    'agree with those computed in Python up to %s',
    (asOf) => {
      const expected = computeInPython(asOf);
      const found = computeHere(asOf);
      expect(Object.keys(found).sort()).toEqual(Object.keys(expected).sort());
      for (const [name, value] of Object.entries(expected)) {
        const tolerance = 1e-7 * Math.max(1, Math.abs(value));
        expect(
          Math.abs((found[name] ?? Number.NaN) - value),
          `${name}: ${found[name]} and ${value}`,
        ).toBeLessThan(tolerance);
      }
    },
  );
});
