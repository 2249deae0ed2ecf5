import { daysBetween } from '../market/calendar.ts';
import { findCarried } from '../market/catalogue.ts';
import { lastDate, type Series } from '../market/series.ts';
import { mean, round } from '../market/statistics.ts';
import { count, money, percent } from '../market/words.ts';
import { horizonRows, type Mandate } from './mandate.ts';
import type { SizingLimits } from './sizing-limits.ts';

export interface Rule {
  readonly rule: 'data-freshness' | 'history' | 'horizon' | 'liquidity' | 'concentration' | 'loss-limit';
  /** `limited`: allowed up to the report's maxAmount. `open`: cannot be checked with what is known. */
  readonly status: 'pass' | 'warn' | 'limited' | 'open' | 'fail';
  readonly finding: string;
}

export interface ComplianceReport {
  readonly kind: 'compliance';
  readonly agent: string;
  readonly rules: readonly Rule[];
  /** Why the mandate is refused, and the meeting ends there; empty when no rule fails. */
  readonly refusal: string;
  /** The most money that the rules allow. */
  readonly maxAmount: number;
  readonly headline: string;
}

interface Case {
  readonly series: Series;
  readonly mandate: Mandate;
  readonly sizing: SizingLimits;
  /** What was asked for; the series may end some days before. */
  readonly asOf: string | undefined;
  readonly portfolioValue: number | undefined;
}

interface Finding {
  readonly rule: Rule;
  /** Absent: no limit from this rule. */
  readonly maxAmount?: number;
}

/** Six rules on the mandate and the data. None has an opinion on the market. */
export function checkCompliance(agent: string, given: Case): ComplianceReport {
  const findings = [
    freshness(given),
    history(given),
    horizon(given),
    liquidity(given),
    concentration(given),
    lossLimit(given),
  ];
  const rules = findings.map(({ rule }) => rule);
  const failed = rules.filter(({ status }) => status === 'fail');
  const open = rules.filter(({ status }) => status === 'warn' || status === 'limited' || status === 'open');
  const maxAmount = Math.min(
    given.mandate.amount,
    ...findings.map((finding) => finding.maxAmount ?? Number.POSITIVE_INFINITY),
  );
  return {
    kind: 'compliance',
    agent,
    rules,
    refusal: failed.map(({ finding }) => finding).join(' '),
    maxAmount: round(maxAmount, 2),
    headline:
      failed.length > 0
        ? `Refused: ${failed.map(({ rule }) => rule).join(', ')}.`
        : `Allowed up to ${money(maxAmount)}; ${open.length === 0 ? 'nothing to remark' : `to note: ${open.map(({ rule }) => rule).join(', ')}`}.`,
  };
}

function freshness({ series, asOf }: Case): Finding {
  const last = lastDate(series);
  const age = asOf === undefined ? 0 : daysBetween(last, asOf);
  const limit = series.frequency === 'daily' ? 4 : 31;
  return say(
    'data-freshness',
    age <= limit ? 'pass' : 'warn',
    `The last price is of ${last}, ${count(age, 'day')} before the day of the decision.`,
  );
}

function history({ series }: Case): Finding {
  const years = daysBetween(series.dates[0] ?? '', lastDate(series)) / 365.25;
  const status = years >= 3 ? 'pass' : years >= 1 ? 'warn' : 'fail';
  return say('history', status, `${years.toFixed(1)} years of prices; three are wanted, one is needed.`);
}

function horizon({ series, mandate }: Case): Finding {
  const windows = Math.floor(series.dates.length / horizonRows(series, mandate));
  const status = windows >= 20 ? 'pass' : windows >= 4 ? 'warn' : 'fail';
  return say(
    'horizon',
    status,
    `The past holds ${windows} separate periods of ${mandate.horizon}; twenty are wanted, four are needed.`,
  );
}

/** Part of a day's trading that one order may be. */
const LARGEST_PART_OF_TRADING = 0.01;

function liquidity({ series, mandate }: Case): Finding {
  if (series.volume === undefined || series.frequency !== 'daily') {
    return say(
      'liquidity',
      'open',
      'The series has no daily volume, so the share of the trading is not known.',
    );
  }
  const traded = mean(
    series.close.slice(-20).map((price, index) => price * (series.volume?.at(index - 20) ?? 0)),
  );
  const largest = traded * LARGEST_PART_OF_TRADING;
  const isSmall = mandate.amount <= largest;
  return {
    ...say(
      'liquidity',
      isSmall ? 'pass' : 'limited',
      `${percent(LARGEST_PART_OF_TRADING, 0)} of a day's trading is ${money(largest, 0)} (price times volume, mean of 20 days); the amount is ${isSmall ? 'less' : 'more'}.`,
    ),
    ...(isSmall ? {} : { maxAmount: largest }),
  };
}

/** Part of a portfolio that one position may be. */
const LARGEST_PART_OF_PORTFOLIO = { index: 0.6, single: 0.2 };

function concentration({ series, mandate, portfolioValue }: Case): Finding {
  const kind = findCarried(series.ticker)?.ticker === 'SPX' ? 'index' : 'single';
  const limit = LARGEST_PART_OF_PORTFOLIO[kind];
  const rule = `a ${kind === 'index' ? 'broad index' : 'single security'} may be ${percent(limit, 0)} of a portfolio`;
  if (portfolioValue === undefined)
    return say('concentration', 'open', `portfolioValue was not given; ${rule}.`);
  const share = mandate.amount / portfolioValue;
  const isWithin = share <= limit;
  return {
    ...say(
      'concentration',
      isWithin ? 'pass' : 'limited',
      `The amount is ${percent(share)} of the portfolio; ${rule}.`,
    ),
    ...(isWithin ? {} : { maxAmount: portfolioValue * limit }),
  };
}

function lossLimit({ sizing }: Case): Finding {
  const { valueAtRisk95 = 0, lossBudget = 0 } = sizing.metrics;
  const loss = sizing.fraction * valueAtRisk95;
  const isWithin = loss <= lossBudget + 1e-4;
  return say(
    'loss-limit',
    isWithin ? 'pass' : 'fail',
    `The largest position allowed may lose ${percent(loss)} of the amount once in twenty; the budget is ${percent(lossBudget, 0)}.`,
  );
}

function say(rule: Rule['rule'], status: Rule['status'], finding: string): Finding {
  return { rule: { rule, status, finding } };
}
