import { movingAverage, simpleAverage } from '../../market/averages.ts';
import { lastPrice, rowsFor, rowsPerYear, type Series } from '../../market/series.ts';
import { at, clamp, fitLine, last, round } from '../../market/statistics.ts';
import { percent, signedPercent } from '../../market/words.ts';
import { type Method, tooShort, withoutView } from '../method.ts';

/** Moving averages of 50 and 200 sessions, the slope of the long one, and a regression through half a year. */
export const trend: Method = {
  agent: 'trend-analyst',
  area: 'direction',
  obstacle: (series) => tooShort(series, 'the long moving average', rowsFor(series, 220)),
  score: (series, _mandate, stretch = 1) => scoreOf(measure(series, stretch)),
  assess(series, mandate) {
    const obstacle = trend.obstacle(series, mandate);
    if (obstacle) return withoutView(obstacle);
    const found = measure(series, 1);
    const score = scoreOf(found);
    const parts = partsOf(found);
    const agreeing = parts.filter((part) => Math.sign(part) === Math.sign(score)).length / parts.length;
    const side = found.distance >= 0 ? 'above' : 'below';
    const crossed = crossing(series);
    return {
      score,
      confidence: round(
        clamp(
          0.3 + 0.35 * agreeing + 0.2 * Math.abs(score) - (series.frequency === 'monthly' ? 0.1 : 0),
          0,
          0.85,
        ),
      ),
      headline: `The close is ${percent(Math.abs(found.distance))} ${side} its ${found.longName} average, which moves ${signedPercent(found.slope)} a year.`,
      metrics: {
        price: round(lastPrice(series), 2),
        shortAverage: round(found.short, 2),
        longAverage: round(found.long, 2),
        distanceFromLong: round(found.distance),
        shortOverLong: round(found.cross),
        longSlopePerYear: round(found.slope),
        regressionSlopePerYear: round(found.regression),
        regressionFit: round(found.fit),
      },
      evidence: [
        `The ${found.shortName} average is ${signedPercent(found.cross)} from the ${found.longName} one${crossed === undefined ? '' : `; it crossed it on ${crossed}`}.`,
        `A line through the last half year moves ${signedPercent(found.regression)} a year and explains ${Math.round(found.fit * 100)} % of the moves.`,
      ],
      notApplicable: [],
    };
  },
};

interface Trend {
  readonly short: number;
  readonly long: number;
  readonly shortName: string;
  readonly longName: string;
  /** Price over the long average, less 1. */
  readonly distance: number;
  /** Short over long average, less 1. */
  readonly cross: number;
  /** Of the long average, a year. */
  readonly slope: number;
  /** Of the logarithm of the price, a year. */
  readonly regression: number;
  readonly fit: number;
}

function measure(series: Series, stretch: number): Trend {
  const { close } = series;
  const [shortRows, longRows, slopeRows, halfYear] = [50, 200, 20, 126].map((rows) =>
    rowsFor(series, rows, stretch),
  ) as [number, number, number, number];
  const short = simpleAverage(close, shortRows);
  const long = simpleAverage(close, longRows);
  const earlier = simpleAverage(close, longRows, slopeRows);
  const line = fitLine(close.slice(-halfYear).map(Math.log));
  const unit = series.frequency === 'daily' ? 'day' : 'month';
  return {
    short,
    long,
    shortName: `${shortRows}-${unit}`,
    longName: `${longRows}-${unit}`,
    distance: lastPrice(series) / long - 1,
    cross: short / long - 1,
    slope: (long / earlier) ** (rowsPerYear(series) / slopeRows) - 1,
    regression: Math.exp(line.slope * rowsPerYear(series)) - 1,
    fit: line.fit,
  };
}

function partsOf({
  distance,
  cross,
  slope,
  regression,
  fit,
}: Trend): readonly [number, number, number, number] {
  return [clamp(distance / 0.1), clamp(cross / 0.05), clamp(slope / 0.15), clamp((regression * fit) / 0.25)];
}

function scoreOf(found: Trend): number {
  const [distance, cross, slope, regression] = partsOf(found);
  return round(0.35 * distance + 0.25 * cross + 0.25 * slope + 0.15 * regression);
}

/** Day on which the short average last crossed the long one. */
function crossing(series: Series): string | undefined {
  const short = movingAverage(series.close, rowsFor(series, 50));
  const long = movingAverage(series.close, rowsFor(series, 200));
  const side = Math.sign(last(short) - last(long));
  for (let index = short.length - 1; index > 0; index -= 1) {
    const before = at(short, index - 1) - at(long, index - 1);
    if (Number.isNaN(before)) return undefined;
    if (Math.sign(before) !== side) return series.dates[index];
  }
  return undefined;
}
