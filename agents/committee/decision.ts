import { addWeekdays } from '../market/calendar.ts';
import { round } from '../market/statistics.ts';
import type { Choice, Severity } from './opinions.ts';

/** What the chair hands back: the decision and all that is needed to carry it out and to judge it later. */
export interface Decision {
  readonly kind: 'decision';
  readonly agent: string;
  readonly verdict: Verdict;
  readonly sizing: Sizing;
  readonly dissent: readonly Dissent[];
  readonly risk: RiskAnalysis;
  readonly plan: readonly PlanStep[];
}

export interface Verdict {
  readonly decision: Choice;
  readonly conviction: Severity;
  /** Weighted mean of the votes: -1 to 1. */
  readonly score: number;
  /** Part of the weight on the same side as the decision: 0 to 1. */
  readonly support: number;
  readonly rationale: string;
  /** What the chair changed about what the votes alone would give, and why. */
  readonly adjustments: readonly string[];
  readonly ticker: string;
  readonly asOf: string;
}

export interface Sizing {
  /** Money to put in. */
  readonly amount: number;
  /** Of the amount on offer. */
  readonly fraction: number;
  readonly tranches: readonly {
    readonly amount: number;
    readonly notBefore: string;
    readonly condition: string;
  }[];
  /** Part of an existing holding to sell; 0 unless the decision is to reduce. */
  readonly reduceHoldingBy: number;
}

export interface Dissent {
  readonly agent: string;
  readonly choice: string;
  readonly weight: number;
  readonly reason: string;
}

export interface RiskAnalysis {
  /** Shares of the position over the horizon. */
  readonly valueAtRisk95: number | null;
  readonly expectedShortfall95: number | null;
  readonly worstDrawdown: number | null;
  readonly currentDrawdown: number | null;
  /** Money that the sized position may lose once in twenty. */
  readonly amountAtRisk: number;
  readonly lossBudget: number;
  /** Price below which the reasons for the position no longer hold; null when nothing is bought. */
  readonly stop: number | null;
  readonly worstAnalogue: { readonly date: string; readonly return: number; readonly worst: number } | null;
}

export interface PlanStep {
  readonly step: number;
  readonly action: string;
  /** First session on or after this day; null when only the trigger counts. */
  readonly date: string | null;
  readonly trigger: string | null;
}

/**
 * The choice that the committee's mean score stands for. The mean of many views lies nearer to 0 than any of them, so the steps are
 * smaller than one analyst's; all but the last, for to sell what is held already takes as much as it takes one analyst.
 */
export function decisionOf(score: number): Choice {
  if (score >= 0.25) return 'buy';
  if (score >= 0.08) return 'buy-partial';
  if (score > -0.1) return 'hold';
  return score > -0.5 ? 'avoid' : 'reduce';
}

/** One choice more careful. */
export function moreCareful(choice: Choice): Choice {
  switch (choice) {
    case 'buy':
      return 'buy-partial';
    case 'buy-partial':
      return 'hold';
    case 'hold':
    case 'avoid':
    case 'reduce':
      return choice;
  }
}

/** Sessions between tranches. */
const APART = 5;

/** Equal parts, a week apart; each after the first only while the price is above the stop. */
export function splitIntoTranches(
  amount: number,
  parts: number,
  asOf: string,
  stop: number,
): Sizing['tranches'] {
  return Array.from({ length: amount > 0 ? parts : 0 }, (_, index) => ({
    amount:
      index < parts - 1
        ? round(amount / parts, 2)
        : round(amount - round(amount / parts, 2) * (parts - 1), 2),
    notBefore: addWeekdays(asOf, 1 + index * APART),
    condition: index === 0 ? 'at the open' : `only while the close is above ${stop.toFixed(2)}`,
  }));
}
