import { logReturns } from '../market/returns.ts';
import { rowsFor, rowsPerYear, type Series } from '../market/series.ts';
import { kellyFraction, riskBudgetFraction, volatilityTargetFraction } from '../market/sizing.ts';
import { clamp, mean, round, standardDeviation } from '../market/statistics.ts';
import { percent } from '../market/words.ts';
import { type Mandate, RISK_ALLOWANCES } from './mandate.ts';
import { measureTail } from './methods/value-at-risk.ts';

/** How much of the amount the position may be, before anyone says whether to take it. */
export interface SizingLimits {
  readonly kind: 'sizing-limits';
  readonly agent: string;
  /** The smallest of the three limits: 0 to 1. */
  readonly fraction: number;
  /** Money. */
  readonly maxAmount: number;
  readonly limits: { readonly kelly: number; readonly volatilityTarget: number; readonly riskBudget: number };
  /** The limit that decides; `none` when all of the amount is allowed. */
  readonly binding: string;
  readonly headline: string;
  readonly metrics: { readonly [name: string]: number };
}

/** A mean return is the least certain number in finance: half of it is believed. */
const BELIEVED_PART_OF_MEAN = 0.5;

/** Three rules, and the most careful wins: a part of Kelly's share, a volatility target, the loss budget over the value at risk. */
export function limitSize(agent: string, series: Series, mandate: Mandate): SizingLimits {
  const allowance = RISK_ALLOWANCES[mandate.riskTolerance];
  const perYear = rowsPerYear(series);
  const returns = logReturns(series.close.slice(-rowsFor(series, 2520) - 1));
  const longVolatility = standardDeviation(returns) * Math.sqrt(perYear);
  const tail = measureTail(series, mandate);
  const volatility = Math.max(longVolatility, tail.volatility);
  const drift = mean(returns) * perYear + longVolatility ** 2 / 2;
  const kelly = kellyFraction(drift * BELIEVED_PART_OF_MEAN, volatility);
  const limits = {
    kelly: round(Math.min(1, kelly * allowance.kellyPart)),
    volatilityTarget: round(volatilityTargetFraction(allowance.volatilityTarget, tail.volatility)),
    riskBudget: round(riskBudgetFraction(allowance.lossBudget, tail.valueAtRisk)),
  };
  const [binding, fraction] = Object.entries(limits).reduce((least, limit) =>
    limit[1] < least[1] ? limit : least,
  );
  return {
    kind: 'sizing-limits',
    agent,
    fraction,
    maxAmount: round(fraction * mandate.amount, 2),
    limits,
    binding,
    headline:
      binding === 'none'
        ? 'All of the amount: no rule for the size limits it.'
        : `At most ${percent(fraction, 0)} of the amount: the limit is ${RULE_NAMES[binding]}.`,
    metrics: {
      meanReturnPerYear: round(drift),
      volatilityForecast: round(tail.volatility),
      volatilityLongRun: round(longVolatility),
      fullKelly: round(kelly),
      kellyPartUsed: allowance.kellyPart,
      valueAtRisk95: round(tail.valueAtRisk),
      lossBudget: allowance.lossBudget,
    },
  };
}

/** The score that a size stands for: all of it +0.6, none -0.6; a size alone is never a reason to buy at any price. */
export function scoreOfSize(fraction: number): number {
  return round(clamp(1.2 * fraction - 0.6));
}

const RULE_NAMES: Readonly<Record<string, string>> = {
  kelly: 'the part of Kelly’s share that the tolerance allows',
  volatilityTarget: 'the volatility target',
  riskBudget: 'the loss budget',
};
