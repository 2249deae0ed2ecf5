import { addDays, addWeekdays } from '../market/calendar.ts';
import { money, percent } from '../market/words.ts';
import type { PlanStep, Sizing } from './decision.ts';
import type { Minutes } from './minutes.ts';
import type { Opening } from './opening.ts';
import { type Choice, sideOf } from './opinions.ts';

interface Decided {
  readonly decision: Choice;
  readonly sizing: Sizing;
  readonly stop: number;
  readonly opening: Opening;
  readonly minutes: Minutes;
}

type Draft = Omit<PlanStep, 'step'>;

/** Days until there is enough news to look again: two weeks of daily prices, two monthly ones. */
const REVIEW_AFTER_DAYS = { daily: 14, monthly: 62 };

/** What to do, when, and what would change it. */
export function planFor(decided: Decided): PlanStep[] {
  const drafts = sideOf(decided.decision) === 1 ? planToBuy(decided) : planToWait(decided);
  return drafts.map((draft, index) => ({ step: index + 1, ...draft }));
}

function planToBuy({ sizing, stop, opening, minutes }: Decided): Draft[] {
  return [
    ...sizing.tranches.map((tranche, index) => ({
      action: `Buy ${opening.data.ticker} for ${money(tranche.amount)} (tranche ${index + 1} of ${sizing.tranches.length})`,
      date: tranche.notBefore,
      trigger: tranche.condition,
    })),
    { action: 'Sell the position', date: null, trigger: `a close below ${stop.toFixed(2)}` },
    ...turnsOf(minutes, -1).map((trigger) => ({ action: 'Call the committee again', date: null, trigger })),
    { action: 'Close or renew: the horizon ends', date: opening.mandate.until, trigger: null },
  ];
}

function planToWait({ decision, sizing, opening, minutes }: Decided): Draft[] {
  const { ticker, asOf, frequency } = opening.data;
  const review = addDays(asOf, REVIEW_AFTER_DAYS[frequency]);
  return [
    decision === 'reduce'
      ? {
          action: `Put in nothing, and sell ${percent(sizing.reduceHoldingBy, 0)} of any ${ticker} held`,
          date: addWeekdays(asOf, 1),
          trigger: null,
        }
      : {
          action: `Put in nothing${decision === 'hold' ? `; keep any ${ticker} held` : ''}`,
          date: addWeekdays(asOf, 1),
          trigger: null,
        },
    ...[...turnsOf(minutes, 1), ...recoveries(minutes)].map((trigger) => ({
      action: 'Call the committee again',
      date: null,
      trigger,
    })),
    { action: 'Meet again with new prices', date: review, trigger: null },
  ];
}

/** At most three prices in that direction that would turn an analyst's view the same way, the nearest first. */
function turnsOf(minutes: Minutes, direction: -1 | 1): string[] {
  return minutes
    .all('presentation')
    .flatMap(({ agent, stance, turnsAt }) => turnsAt.map((turn) => ({ agent, from: stance, ...turn })))
    .filter(
      ({ change, from, stance }) =>
        Math.sign(change) === direction && (sideOf(stance) - sideOf(from)) * direction > 0,
    )
    .sort((a, b) => Math.abs(a.change) - Math.abs(b.change))
    .slice(0, 3)
    .map(
      ({ agent, price, stance }) =>
        `a close at ${price.toFixed(2)} or ${direction === 1 ? 'above' : 'below'}: the ${agent} would say ${stance}`,
    );
}

/** What would have to be seen before money goes in, further away than one close: the long average, and a risk that fits the budget. */
function recoveries(minutes: Minutes): string[] {
  const { price, longAverage } = minutes.latest('analysis', 'trend-analyst')?.metrics ?? {};
  const { valueAtRisk95, lossBudget, forecastVolatility } =
    minutes.latest('analysis', 'value-at-risk-analyst')?.metrics ?? {};
  const found: string[] = [];
  if (typeof price === 'number' && typeof longAverage === 'number' && price < longAverage) {
    found.push(`a close above ${longAverage.toFixed(2)}, the long moving average of today`);
  }
  if (
    typeof valueAtRisk95 === 'number' &&
    typeof lossBudget === 'number' &&
    typeof forecastVolatility === 'number' &&
    valueAtRisk95 > lossBudget
  ) {
    const fitting = (forecastVolatility * lossBudget) / valueAtRisk95;
    found.push(
      `a volatility forecast below ${percent(fitting, 0)} a year, where the value at risk fits the loss budget`,
    );
  }
  return found;
}
