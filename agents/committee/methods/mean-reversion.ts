import { movingAverage } from '../../market/averages.ts';
import { halfLife } from '../../market/mean-reversion.ts';
import { zScore } from '../../market/oscillators.ts';
import { lastPrice, rowsFor, type Series } from '../../market/series.ts';
import { at, clamp, mean, round, standardDeviation } from '../../market/statistics.ts';
import { horizonRows, type Mandate } from '../mandate.ts';
import { type Method, tooShort, withoutView } from '../method.ts';

/** How far the price has run from its average, and whether such distances have closed within the horizon. */
export const meanReversion: Method = {
  agent: 'mean-reversion-analyst',
  area: 'tactics',
  obstacle: (series) => tooShort(series, 'a half life', rowsFor(series, 380)),
  score: (series, mandate, stretch = 1) => scoreOf(measure(series, mandate, stretch)),
  assess(series, mandate) {
    const obstacle = meanReversion.obstacle(series, mandate);
    if (obstacle) return withoutView(obstacle);
    const found = measure(series, mandate, 1);
    const daily = series.frequency === 'daily';
    const band = daily ? bandPosition(series) : undefined;
    const life = Number.isFinite(found.life)
      ? `${found.life.toFixed(0)} ${daily ? 'sessions' : 'months'}`
      : 'no finite time';
    return {
      score: scoreOf(found),
      confidence: round(
        clamp(0.2 + 0.3 * found.pull + 0.08 * Math.min(3, Math.abs(found.z)) - (daily ? 0 : 0.1), 0, 0.7),
      ),
      headline: `The price is ${Math.abs(found.z).toFixed(1)} standard deviations ${found.z >= 0 ? 'above' : 'below'} its mean of a ${daily ? 'quarter' : 'year'}; such gaps halve in ${life}.`,
      metrics: {
        zScore: round(found.z),
        halfLifeRows: Number.isFinite(found.life) ? round(found.life, 1) : null,
        expectedClosure: round(found.pull),
        bollingerPosition: band === undefined ? null : round(band),
      },
      evidence: [
        `Over ${mandate.horizon} about ${Math.round(found.pull * 100)} % of the gap would be expected to close.`,
        ...(band === undefined
          ? []
          : [
              `In the Bollinger band (20 days, 2 deviations) the price is at ${band.toFixed(2)}, where 0 is the lower and 1 the upper edge.`,
            ]),
      ],
      notApplicable: daily
        ? []
        : [{ indicator: 'Bollinger band', reason: 'needs daily prices, and the series is monthly' }],
    };
  },
};

interface Gap {
  /** From the mean of the last quarter, in standard deviations; of the last year when the series is monthly. */
  readonly z: number;
  /** In rows. */
  readonly life: number;
  /** Share of the gap that is expected to close within the horizon: 0 to 1. */
  readonly pull: number;
}

function measure(series: Series, mandate: Mandate, stretch: number): Gap {
  const daily = series.frequency === 'daily';
  const rows = daily ? Math.round(63 * stretch) : Math.round(12 * stretch);
  const recent = series.close.slice(-rowsFor(series, 504, stretch) - rows).map(Math.log);
  const average = movingAverage(recent, rows);
  const gaps = recent.map((value, index) => value - at(average, index)).slice(rows - 1);
  const life = halfLife(gaps);
  return { z: zScore(recent, rows), life, pull: 1 - 0.5 ** (horizonRows(series, mandate) / life) };
}

/** Against the gap: the further above its mean, the less there is to buy. */
function scoreOf({ z, pull }: Gap): number {
  return round(-clamp(z / 2.5) * (0.25 + 0.75 * pull));
}

function bandPosition(series: Series): number {
  const window = series.close.slice(-20);
  return (lastPrice(series) - mean(window) + 2 * standardDeviation(window)) / (4 * standardDeviation(window));
}
