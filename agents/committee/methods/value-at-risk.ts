import { logReturns, returnsOver } from '../../market/returns.ts';
import { rowsFor, rowsPerYear, type Series } from '../../market/series.ts';
import { clamp, round } from '../../market/statistics.ts';
import { cornishFisherTail, historicalTail } from '../../market/value-at-risk.ts';
import { forecastVolatility } from '../../market/volatility.ts';
import { percent } from '../../market/words.ts';
import { horizonRows, type Mandate, RISK_ALLOWANCES } from '../mandate.ts';
import { type Method, tooShort, withoutView } from '../method.ts';

/** What the position may lose by the horizon, against what the tolerance allows. */
export const valueAtRisk: Method = {
  agent: 'value-at-risk-analyst',
  area: 'risk',
  obstacle: (series, mandate) =>
    tooShort(series, 'a loss distribution', 4 * horizonRows(series, mandate) + 40),
  score: (series, mandate, stretch = 1) =>
    scoreOf(measureTail(series, mandate, stretch).valueAtRisk, mandate),
  assess(series, mandate) {
    const obstacle = valueAtRisk.obstacle(series, mandate);
    if (obstacle) return withoutView(obstacle);
    const tail = measureTail(series, mandate, 1);
    const { lossBudget } = RISK_ALLOWANCES[mandate.riskTolerance];
    const independent = Math.floor(tail.windows / horizonRows(series, mandate));
    return {
      score: scoreOf(tail.valueAtRisk, mandate),
      confidence: round(
        clamp(0.4 + Math.min(0.35, independent / 300) - (series.frequency === 'monthly' ? 0.15 : 0), 0, 0.8),
      ),
      headline: `Over ${mandate.horizon} one case in twenty loses more than ${percent(tail.valueAtRisk)}; a ${mandate.riskTolerance} tolerance allows ${percent(lossBudget, 0)}.`,
      metrics: {
        valueAtRisk95: round(tail.valueAtRisk),
        expectedShortfall95: round(tail.expectedShortfall),
        historical95: round(tail.historical95),
        historical99: round(tail.historical99),
        cornishFisher95: round(tail.cornishFisher95),
        cornishFisher99: round(tail.cornishFisher99),
        lossBudget,
        forecastVolatility: round(tail.volatility),
        amountAtRisk: round(tail.valueAtRisk * mandate.amount, 2),
      },
      evidence: [
        `The past as it was: ${percent(tail.historical95)} in one of twenty, ${percent(tail.historical99)} in one of a hundred (${independent} windows that do not overlap).`,
        `With today's volatility of ${percent(tail.volatility)} and the fat tails of the past: ${percent(tail.cornishFisher95)} and ${percent(tail.cornishFisher99)}.`,
        `If it comes to that, the mean loss is ${percent(tail.expectedShortfall)}.`,
      ],
      notApplicable: [],
    };
  },
};

export interface HorizonTail {
  /** The more careful of the two 95 % measures. */
  readonly valueAtRisk: number;
  readonly expectedShortfall: number;
  readonly historical95: number;
  readonly historical99: number;
  readonly cornishFisher95: number;
  readonly cornishFisher99: number;
  /** Forecast, a year. */
  readonly volatility: number;
  readonly windows: number;
}

/** Loss measures at the mandate's horizon, as positive shares of the position, from up to ten years of returns. */
export function measureTail(series: Series, mandate: Mandate, stretch = 1): HorizonTail {
  const rows = horizonRows(series, mandate);
  const perYear = rowsPerYear(series);
  const window = series.close.slice(-rowsFor(series, 2520, stretch) - rows);
  const returns = logReturns(window);
  const volatility = forecastVolatility(returns, perYear);
  const perRow = volatility / Math.sqrt(perYear);
  const overHorizon = returnsOver(window, rows);
  const historical = historicalTail(overHorizon, 0.95);
  const cornishFisher95 = cornishFisherTail(returns, rows, perRow, 0.95);
  const careful = Math.max(historical.valueAtRisk, cornishFisher95);
  const scale = historical.valueAtRisk === 0 ? 1 : careful / historical.valueAtRisk;
  return {
    valueAtRisk: careful,
    expectedShortfall: Math.min(1, Math.max(careful, historical.expectedShortfall * scale)),
    historical95: historical.valueAtRisk,
    historical99: historicalTail(overHorizon, 0.99).valueAtRisk,
    cornishFisher95,
    cornishFisher99: cornishFisherTail(returns, rows, perRow, 0.99),
    volatility,
    windows: overHorizon.length,
  };
}

/** Nothing to lose is 1, the whole budget 0, twice the budget -1. */
function scoreOf(loss: number, { riskTolerance }: Mandate): number {
  const { lossBudget } = RISK_ALLOWANCES[riskTolerance];
  return round(clamp((lossBudget - loss) / lossBudget));
}
