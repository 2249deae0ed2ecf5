import { monthName } from '../../market/calendar.ts';
import { monthlyReturns, monthsAhead } from '../../market/seasons.ts';
import { lastDate, type Series } from '../../market/series.ts';
import { clamp, mean, round, standardDeviation } from '../../market/statistics.ts';
import { percent, signedPercent } from '../../market/words.ts';
import type { Mandate } from '../mandate.ts';
import { type Method, withoutView } from '../method.ts';

const FEWEST_YEARS = 4;
/** A longer horizon holds most months of a year, and so most of every year. */
const LONGEST_HORIZON_DAYS = 250;

/** How the calendar months of the horizon did in other years. Weak evidence by nature, and said so by its confidence. */
export const seasonality: Method = {
  agent: 'seasonality-analyst',
  area: 'tactics',
  obstacle(series, { horizon, horizonDays }) {
    if (horizonDays > LONGEST_HORIZON_DAYS) {
      return {
        indicator: 'seasonality',
        reason: `says nothing about ${horizon}, which holds most months of a year`,
      };
    }
    const years = monthlyReturns(series).length / 12;
    if (years >= FEWEST_YEARS) return undefined;
    return {
      indicator: 'seasonality',
      reason: `needs ${FEWEST_YEARS} years of prices, and there are ${years.toFixed(1)}`,
    };
  },
  score: (series, mandate, stretch = 1) => scoreOf(measure(series, mandate, stretch)),
  assess(series, mandate) {
    const obstacle = seasonality.obstacle(series, mandate);
    if (obstacle) return withoutView(obstacle);
    const found = measure(series, mandate, 1);
    const names = found.months.map(monthName).join(', ');
    return {
      score: scoreOf(found),
      confidence: round(clamp(0.08 + 0.1 * Math.abs(found.strength), 0, 0.4)),
      headline: `${names}: ${signedPercent(found.mean)} a month on average, against ${signedPercent(found.others)} in all months.`,
      metrics: {
        months: names,
        meanReturn: round(found.mean),
        meanOfAllMonths: round(found.others),
        positiveShare: round(found.positive),
        tStatistic: round(found.strength, 2),
        observations: found.observations,
      },
      evidence: [
        `${percent(found.positive, 0)} of ${found.observations} such months rose.`,
        `The difference is ${Math.abs(found.strength).toFixed(1)} standard errors${Math.abs(found.strength) < 2 ? ', which chance explains as well' : ''}.`,
      ],
      notApplicable: [],
    };
  },
};

interface Season {
  readonly months: readonly number[];
  readonly mean: number;
  /** Of all months. */
  readonly others: number;
  readonly positive: number;
  /** Difference of the means in standard errors. */
  readonly strength: number;
  readonly observations: number;
}

function measure(series: Series, { horizonDays, months: asked }: Mandate, stretch: number): Season {
  const all = monthlyReturns(series);
  const counted = all.slice(-Math.round(all.length * Math.min(1, stretch)));
  const months = asked.length > 0 ? asked : monthsAhead(lastDate(series), horizonDays);
  const chosen = counted
    .filter(({ month }) => months.includes(Number(month.slice(5))))
    .map((row) => row.return);
  const others = mean(counted.map((row) => row.return));
  const error = standardDeviation(chosen) / Math.sqrt(chosen.length);
  return {
    months,
    mean: mean(chosen),
    others,
    positive: chosen.filter((value) => value > 0).length / chosen.length,
    strength: error > 0 ? (mean(chosen) - others) / error : 0,
    observations: chosen.length,
  };
}

function scoreOf({ strength }: Season): number {
  return round(clamp(strength / 3));
}
