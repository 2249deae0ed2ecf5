import { logReturns } from '../../market/returns.ts';
import { rowsFor, rowsPerYear, type Series } from '../../market/series.ts';
import { autocorrelation, clamp, percentileOf, round } from '../../market/statistics.ts';
import {
  forecastVolatility,
  rangeVolatility,
  realisedVolatility,
  rollingVolatility,
} from '../../market/volatility.ts';
import { percent } from '../../market/words.ts';
import { type Method, tooShort, withoutView } from '../method.ts';

/** How rough the market is: realised volatility, its place in its own history, and whether it comes in clusters. */
export const volatility: Method = {
  agent: 'volatility-analyst',
  area: 'risk',
  obstacle: (series) => tooShort(series, 'a volatility history', rowsFor(series, 315)),
  score: (series, _mandate, stretch = 1) => scoreOf(measure(series, stretch)),
  assess(series, mandate) {
    const obstacle = volatility.obstacle(series, mandate);
    if (obstacle) return withoutView(obstacle);
    const found = measure(series, 1);
    const returns = logReturns(series.close);
    const clustering = autocorrelation(
      returns.map((value) => value * value),
      1,
    );
    const forecast = forecastVolatility(returns, rowsPerYear(series));
    const range =
      series.high && series.low && series.frequency === 'daily'
        ? rangeVolatility(series.high, series.low, 21, 252)
        : undefined;
    const regime = regimeOf(found.percentile);
    return {
      score: scoreOf(found),
      confidence: round(
        clamp(
          0.45 +
            0.3 * Math.abs(found.percentile - 0.5) +
            clamp(clustering, 0, 0.3) -
            (series.frequency === 'monthly' ? 0.15 : 0),
          0,
          0.85,
        ),
      ),
      headline: `Volatility is ${percent(found.recent)} a year, ${found.recent > found.quarter ? 'up from' : 'down from'} ${percent(found.quarter)} over the ${series.frequency === 'daily' ? 'quarter' : 'two years'} and above ${percent(found.percentile, 0)} of its past: a ${regime} market.`,
      metrics: {
        volatilityMonth: round(found.recent),
        volatilityQuarter: round(found.quarter),
        percentile: round(found.percentile),
        regime,
        forecast: round(forecast),
        rangeVolatility: range === undefined ? null : round(range),
        clustering: round(clustering),
      },
      evidence: [
        `The weighted forecast is ${percent(forecast)}${range === undefined ? '' : `; daily highs and lows give ${percent(range)}`}.`,
        `Squared returns correlate ${clustering.toFixed(2)} with those of the row before: ${clustering > 0.1 ? 'rough days come together, so this regime tends to last' : 'clustering is weak'}.`,
      ],
      notApplicable:
        range === undefined ? [{ indicator: 'range volatility', reason: 'needs daily highs and lows' }] : [],
    };
  },
};

interface Roughness {
  readonly recent: number;
  readonly quarter: number;
  /** Share of the past that was calmer. */
  readonly percentile: number;
}

function measure(series: Series, stretch: number): Roughness {
  const returns = logReturns(series.close);
  const perYear = rowsPerYear(series);
  // Monthly prices give one return a month: a year of them takes the place of 21 daily ones.
  const month = series.frequency === 'daily' ? rowsFor(series, 21, stretch) : 12;
  const quarter = series.frequency === 'daily' ? rowsFor(series, 63, stretch) : 24;
  const recent = realisedVolatility(returns, month, perYear);
  return {
    recent,
    quarter: realisedVolatility(returns, quarter, perYear),
    percentile: percentileOf(rollingVolatility(returns, month, perYear), recent),
  };
}

function scoreOf({ recent, quarter, percentile }: Roughness): number {
  const calm = 1 - 2 * percentile;
  const calming = clamp((quarter - recent) / quarter / 0.5);
  return round(clamp(0.7 * calm + 0.3 * calming));
}

function regimeOf(percentile: number): string {
  if (percentile < 0.33) return 'calm';
  if (percentile < 0.67) return 'normal';
  return percentile < 0.9 ? 'nervous' : 'stressed';
}
