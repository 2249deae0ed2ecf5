import type { Series } from '../market/series.ts';
import { fatal } from '../program/agent-failure.ts';
import type { JsonRecord } from '../program/request.ts';

export type RiskTolerance = 'low' | 'medium' | 'high';

/** What the committee is asked to decide about. */
export interface Mandate {
  readonly amount: number;
  /** Calendar days. */
  readonly horizonDays: number;
  /** As a person would say it: `30 days`. */
  readonly horizon: string;
  readonly riskTolerance: RiskTolerance;
  /** Calendar months (1 to 12) that a question is about; empty for those that the horizon touches. */
  readonly months: readonly number[];
}

/** What a tolerance allows. Shares of the amount, and yearly volatility. */
export interface RiskAllowance {
  /** Loss at the horizon that may be exceeded once in twenty. */
  readonly lossBudget: number;
  readonly volatilityTarget: number;
  /** Part of the growth-optimal share that is used; all of it is too much for an estimate that may be wrong. */
  readonly kellyPart: number;
}

export const RISK_ALLOWANCES: Readonly<Record<RiskTolerance, RiskAllowance>> = {
  low: { lossBudget: 0.05, volatilityTarget: 0.1, kellyPart: 0.25 },
  medium: { lossBudget: 0.1, volatilityTarget: 0.15, kellyPart: 0.5 },
  high: { lossBudget: 0.2, volatilityTarget: 0.25, kellyPart: 0.75 },
};

const DEFAULTS = { amount: 10_000, timeHorizon: '30 days', riskTolerance: 'medium' };

/**
 * Reads amount, timeHorizon and riskTolerance; numbers may come as text. What is missing has a default (10,000 for 30 days at medium
 * risk), so that an analyst can be asked a question without a mandate.
 * @throws AgentFailure `fatal` for a value that cannot be meant
 */
export function readMandate(input: JsonRecord): Mandate {
  const amount = Number(input.amount ?? DEFAULTS.amount);
  if (!(amount > 0 && Number.isFinite(amount))) {
    throw fatal(`amount must be a number above 0, not ${JSON.stringify(input.amount)}`);
  }
  const { days, text } = readHorizon(String(input.timeHorizon ?? DEFAULTS.timeHorizon));
  return {
    amount,
    horizonDays: days,
    horizon: text,
    riskTolerance: readTolerance(input.riskTolerance),
    months: [...String(input.months ?? '').matchAll(/\d+/g)]
      .map(Number)
      .filter((month) => month >= 1 && month <= 12),
  };
}

/** Rows of the series that the horizon spans. */
export function horizonRows({ frequency }: Series, { horizonDays }: Mandate): number {
  return Math.max(1, Math.round((horizonDays * (frequency === 'daily' ? 252 : 12)) / 365.25));
}

const DAYS_PER_UNIT: Readonly<Record<string, number>> = {
  d: 1,
  day: 1,
  w: 7,
  week: 7,
  m: 30.4375,
  month: 30.4375,
  y: 365.25,
  year: 365.25,
};

function readHorizon(text: string): { days: number; text: string } {
  const [, count = '', unit = ''] = /^(\d{1,4}) ?([a-z]+?)s?$/i.exec(text.trim()) ?? [];
  const unitDays = DAYS_PER_UNIT[unit.toLowerCase()];
  const days = Math.round(Number(count) * (unitDays ?? 0));
  if (count === '' || unitDays === undefined || days < 1) {
    throw fatal(
      `timeHorizon ${JSON.stringify(text)} is not understood; write it like "30 days", "6 months" or "1 year"`,
    );
  }
  return { days, text: text.trim() };
}

function readTolerance(value: JsonRecord[string]): RiskTolerance {
  const text = String(value ?? DEFAULTS.riskTolerance)
    .trim()
    .toLowerCase();
  if (text === 'low' || text === 'medium' || text === 'high') return text;
  throw fatal(`riskTolerance must be low, medium or high, not ${JSON.stringify(value)}`);
}
