import { round } from '../market/statistics.ts';
import { percent } from '../market/words.ts';
import type { Consensus } from './consensus.ts';
import {
  type Decision,
  type Dissent,
  decisionOf,
  moreCareful,
  type RiskAnalysis,
  type Sizing,
  splitIntoTranches,
  type Verdict,
} from './decision.ts';
import type { Minutes } from './minutes.ts';
import type { Opening } from './opening.ts';
import { type Choice, sideOf } from './opinions.ts';
import { planFor } from './plan.ts';

interface Meeting {
  readonly agent: string;
  readonly opening: Opening;
  readonly consensus: Consensus;
  readonly minutes: Minutes;
}

/** Fewer votes than this decide nothing. */
const QUORUM = 5;
/** How much of the allowed size a choice takes, and in how many tranches. */
const TAKEN: Readonly<Record<Choice, { readonly part: number; readonly tranches: number }>> = {
  buy: { part: 1, tranches: 2 },
  'buy-partial': { part: 0.5, tranches: 3 },
  hold: { part: 0, tranches: 0 },
  avoid: { part: 0, tranches: 0 },
  reduce: { part: 0, tranches: 0 },
};

/** The chair's work: the votes make a choice, the limits make a size, and both are put into a plan. */
export function decide(meeting: Meeting): Decision {
  const { decision, adjustments } = choose(meeting);
  const stop = stopPrice(meeting);
  const sizing = sizeOf(decision, meeting, stop);
  const risk = analyseRisk(meeting, sizing, stop);
  return {
    kind: 'decision',
    agent: meeting.agent,
    verdict: verdictOf(decision, adjustments, meeting),
    sizing,
    dissent: dissentFrom(decision, meeting),
    risk,
    plan: planFor({ decision, sizing, stop, opening: meeting.opening, minutes: meeting.minutes }),
  };
}

function choose({ consensus, minutes }: Meeting): { decision: Choice; adjustments: string[] } {
  const score = consensus.score ?? 0;
  const votes = Object.keys(consensus.votes).length;
  if (votes < QUORUM) {
    return { decision: 'hold', adjustments: [`Only ${votes} votes were cast; ${QUORUM} are needed to act.`] };
  }
  const voted = decisionOf(score);
  const sizing = minutes.latest('sizing-limits');
  if (sideOf(voted) === 1 && sizing !== undefined && sizing.fraction < 0.05) {
    return {
      decision: 'hold',
      adjustments: [
        `The votes say ${voted}, but the risk limits leave ${percent(sizing.fraction)} of the amount: not worth a position.`,
      ],
    };
  }
  const regime = minutes.latest('analysis', 'volatility-analyst')?.metrics.regime;
  if (sideOf(voted) === 1 && regime === 'stressed') {
    const decision = moreCareful(voted);
    return {
      decision,
      adjustments: [
        `The votes say ${voted}; in a stressed market the committee goes one step slower: ${decision}.`,
      ],
    };
  }
  return { decision: voted, adjustments: [] };
}

function verdictOf(
  decision: Choice,
  adjustments: readonly string[],
  { consensus, opening, minutes }: Meeting,
): Verdict {
  const score = consensus.score ?? 0;
  const support = supportOf(decision, consensus);
  const strength = Math.abs(score) * support;
  const strongest = strongestArguments(decision, minutes);
  const debate = minutes.latest('attack');
  return {
    decision,
    conviction: decision === 'hold' || strength < 0.12 ? 'low' : strength < 0.3 ? 'medium' : 'high',
    score: round(score),
    support: round(support),
    rationale: [
      `The weighted mean of ${Object.keys(consensus.votes).length} votes is ${score.toFixed(2)} on a scale from -1 to 1, with ${percent(support, 0)} of the weight on the side of the decision.`,
      ...strongest,
      ...(debate === undefined ? [] : [`Red team: ${debate.headline}`]),
    ].join(' '),
    adjustments,
    ticker: opening.data.ticker,
    asOf: opening.data.asOf,
  };
}

function supportOf(decision: Choice, { votes }: Consensus): number {
  const all = Object.values(votes);
  const total = all.reduce((sum, { weight }) => sum + weight, 0);
  const same = all.filter(({ choice }) => sideOf(choice as Choice) === sideOf(decision));
  return total === 0 ? 0 : same.reduce((sum, { weight }) => sum + weight, 0) / total;
}

/** The headlines of the two analysts who weigh most on the side of the decision; of the two strongest views when it is to wait. */
function strongestArguments(decision: Choice, minutes: Minutes): string[] {
  const side = sideOf(decision);
  return minutes
    .all('analysis')
    .filter(({ score }) => side === 0 || Math.sign(score) === side)
    .sort((a, b) => Math.abs(b.score) * b.confidence - Math.abs(a.score) * a.confidence)
    .slice(0, 2)
    .map(({ headline }) => headline);
}

/** Everyone whose vote is on another side than the decision, the heaviest first. */
function dissentFrom(decision: Choice, { consensus, minutes }: Meeting): Dissent[] {
  return Object.entries(consensus.votes)
    .filter(([, { choice, weight }]) => weight > 0 && sideOf(choice as Choice) !== sideOf(decision))
    .map(([agent, { choice, weight }]) => ({
      agent,
      choice,
      weight: round(weight),
      reason:
        minutes.latest('analysis', agent)?.headline ??
        consensus.dissent.find((vote) => vote.agent === agent)?.reason ??
        minutes.latest('sizing-limits', agent)?.headline ??
        minutes.latest('attack', agent)?.headline ??
        '',
    }))
    .sort((a, b) => b.weight - a.weight);
}

function sizeOf(decision: Choice, { opening, minutes }: Meeting, stop: number): Sizing {
  const { amount } = opening.mandate;
  const { part, tranches } = TAKEN[decision];
  const allowed = Math.min(
    minutes.latest('compliance')?.maxAmount ?? amount,
    minutes.latest('sizing-limits')?.maxAmount ?? amount,
  );
  const taken = round(allowed * part, 2);
  return {
    amount: taken,
    fraction: round(taken / amount),
    tranches: splitIntoTranches(taken, tranches, opening.data.asOf, stop),
    reduceHoldingBy: decision === 'reduce' ? 0.5 : 0,
  };
}

/** A fall that the value at risk expects once in twenty: what goes beyond it was not in the plan. */
function stopPrice({ opening, minutes }: Meeting): number {
  const loss =
    numberIn(minutes.latest('analysis', 'value-at-risk-analyst')?.metrics.valueAtRisk95) ??
    opening.mandate.lossBudget;
  return round(opening.data.price * (1 - loss), 2);
}

function analyseRisk({ opening, minutes }: Meeting, sizing: Sizing, stop: number): RiskAnalysis {
  const tail = minutes.latest('analysis', 'value-at-risk-analyst')?.metrics ?? {};
  const depth = minutes.latest('analysis', 'drawdown-analyst')?.metrics ?? {};
  const valueAtRisk95 = numberIn(tail.valueAtRisk95);
  return {
    valueAtRisk95,
    expectedShortfall95: numberIn(tail.expectedShortfall95),
    worstDrawdown: numberIn(depth.worst),
    currentDrawdown: numberIn(depth.current),
    amountAtRisk: round((valueAtRisk95 ?? 0) * sizing.amount, 2),
    lossBudget: round(opening.mandate.lossBudget * opening.mandate.amount, 2),
    stop: sizing.amount > 0 ? stop : null,
    worstAnalogue: minutes.latest('attack')?.analogues[0] ?? null,
  };
}

function numberIn(value: number | string | null | undefined): number | null {
  return typeof value === 'number' ? value : null;
}
