import { simpleAverage } from '../../market/averages.ts';
import type { Series } from '../../market/series.ts';
import { clamp, round } from '../../market/statistics.ts';
import { balanceSlope, distributionDays, upDownRatio } from '../../market/volume.ts';
import { count } from '../../market/words.ts';
import { type Method, tooShort, withoutView } from '../method.ts';

const INDICATOR = 'volume analysis';

/** Whether the trading is heavier on the way up or on the way down. */
export const volume: Method = {
  agent: 'volume-analyst',
  area: 'tactics',
  obstacle(series) {
    if (series.frequency !== 'daily')
      return { indicator: INDICATOR, reason: 'needs daily data, and the series is monthly' };
    if (series.volume === undefined) return { indicator: INDICATOR, reason: 'needs a volume in every row' };
    return tooShort(series, INDICATOR, 250);
  },
  score: (series, _mandate, stretch = 1) => scoreOf(measure(series, stretch)),
  assess(series, mandate) {
    const obstacle = volume.obstacle(series, mandate);
    if (obstacle) return withoutView(obstacle);
    const found = measure(series, 1);
    const score = scoreOf(found);
    return {
      score,
      confidence: round(
        clamp(0.25 + 0.25 * Math.abs(score) + 0.1 * Math.min(1, Math.abs(found.surge - 1)), 0, 0.6),
      ),
      headline: `Rising days had ${found.ratio.toFixed(2)} times the volume of falling ones, with ${count(found.distribution, 'distribution day')} in the last 25.`,
      metrics: {
        upDownRatio50: round(found.ratio),
        balanceSlope63: round(found.slope),
        distributionDays25: found.distribution,
        volume20Over200: round(found.surge),
      },
      evidence: [
        `On-balance volume ${found.slope >= 0 ? 'rises' : 'falls'} by ${Math.abs(found.slope).toFixed(2)} average days' volume a day: ${found.slope >= 0 ? 'accumulation' : 'distribution'}.`,
        `Trading of the last month is ${found.surge.toFixed(2)} times that of the last 200 days.`,
      ],
      notApplicable: [],
    };
  },
};

interface Flow {
  readonly ratio: number;
  readonly slope: number;
  readonly distribution: number;
  readonly surge: number;
}

function measure(series: Series, stretch: number): Flow {
  const { close, volume: traded = new Float64Array(close.length) } = series;
  return {
    ratio: upDownRatio(close, traded, Math.round(50 * stretch)),
    slope: balanceSlope(close, traded, Math.round(63 * stretch)),
    distribution: distributionDays(close, traded, 25),
    surge: simpleAverage(traded, 20) / simpleAverage(traded, 200),
  };
}

/** Three distribution days in 25 are ordinary. */
function scoreOf({ ratio, slope, distribution }: Flow): number {
  return round(
    0.45 * clamp(Math.log(ratio) / 0.5) + 0.35 * clamp(slope / 0.2) - 0.2 * clamp((distribution - 3) / 4),
  );
}
