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
    ...turnsOf(minutes, 1).map((trigger) => ({ action: 'Call the committee again', date: null, trigger })),
    { action: 'Meet again with new prices', date: review, trigger: null },
  ];
}

/** At most three prices in that direction that would turn an analyst's view, the nearest first. */
function turnsOf(minutes: Minutes, direction: -1 | 1): string[] {
  return minutes
    .all('presentation')
    .flatMap(({ agent, turnsAt }) => turnsAt.map((turn) => ({ agent, ...turn })))
    .filter(({ change, stance }) => Math.sign(change) === direction && sideOf(stance) * direction >= 0)
    .sort((a, b) => Math.abs(a.change) - Math.abs(b.change))
    .slice(0, 3)
    .map(
      ({ agent, price, stance }) =>
        `a close at ${price.toFixed(2)} or ${direction === 1 ? 'above' : 'below'}: the ${agent} would say ${stance}`,
    );
}
