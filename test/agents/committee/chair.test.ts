import { describe, expect, it } from 'vitest';
import { decide } from '../../../agents/committee/decide.ts';
import { decisionOf, splitIntoTranches } from '../../../agents/committee/decision.ts';
import { readMinutes } from '../../../agents/committee/minutes.ts';
import { choiceOf, type Presentation, sideOf } from '../../../agents/committee/opinions.ts';
import { parseRequest } from '../../../agents/program/request.ts';
import { askMember, holdMeeting, type Meeting, type Values } from '../meeting.ts';

const INPUT = {
  ticker: 'SPX',
  amount: 10_000,
  timeHorizon: '30 days',
  riskTolerance: 'medium',
  asOf: '2020-02-19',
} as const;

/** The chair's decision on a real meeting in which some things were different. */
async function decideWith(change: (phases: Record<string, Values>) => void, held?: Meeting) {
  const { phases } = held ?? (await holdMeeting(INPUT));
  const changed: Record<string, Values> = JSON.parse(JSON.stringify(phases));
  delete changed.Verdict;
  change(changed);
  const minutes = readMinutes(parseRequest(JSON.stringify({ outputs: changed })));
  const opening = minutes.latest('opening');
  if (opening === undefined || minutes.consensus === undefined)
    throw new Error('the meeting is not complete');
  return decide({ agent: 'chair', opening, consensus: minutes.consensus, minutes });
}

describe('the chair', () => {
  it.each([
    [0.25, 'buy'],
    [0.249, 'buy-partial'],
    [0.08, 'buy-partial'],
    [0.079, 'hold'],
    [-0.099, 'hold'],
    [-0.1, 'avoid'],
    [-0.499, 'avoid'],
    [-0.5, 'reduce'],
  ])('takes a mean score of %d as %s', (score, decision) => {
    expect(decisionOf(score)).toBe(decision);
  });

  it('decides nothing on fewer than five votes', async () => {
    const { verdict, sizing } = await decideWith((phases) => {
      const votes = Object.entries((phases.Consensus as Values).votes as Values).slice(0, 4);
      phases.Consensus = { ...phases.Consensus, votes: Object.fromEntries(votes) };
    });
    expect([verdict.decision, sizing.amount]).toEqual(['hold', 0]);
    expect(verdict.adjustments).toEqual(['Only 4 votes were cast; 5 are needed to act.']);
  });

  it('goes one step slower in a stressed market, and says so', async () => {
    const { verdict, sizing } = await decideWith((phases) => {
      const analysis = (phases.Analysis as Values)['volatility-analyst'] as {
        metrics: Record<string, string>;
      };
      analysis.metrics.regime = 'stressed';
    });
    expect([verdict.decision, sizing.amount, sizing.tranches.length]).toEqual(['buy-partial', 5000, 3]);
    expect(verdict.adjustments[0]).toContain('The votes say buy; in a stressed market');
  });

  it('buys nothing where the risk rules leave nothing worth buying', async () => {
    const { verdict, sizing } = await decideWith((phases) => {
      phases.Validation = {
        'position-sizer': {
          ...((phases.Validation as Values)['position-sizer'] as Values),
          fraction: 0.04,
          maxAmount: 400,
        },
      };
    });
    expect([verdict.decision, sizing.amount]).toEqual(['hold', 0]);
    expect(verdict.adjustments[0]).toContain('4.0 %');
  });

  it('takes no more than compliance allows', async () => {
    const { sizing } = await decideWith((phases) => {
      phases.Validation = {
        ...phases.Validation,
        'compliance-officer': {
          ...((phases.Validation as Values)['compliance-officer'] as Values),
          maxAmount: 777,
        },
      };
    });
    expect([sizing.amount, sizing.fraction]).toEqual([777, 0.0777]);
  });

  it('decides without analysts who failed', async () => {
    const { risk, verdict } = await decideWith((phases) => {
      delete (phases.Analysis as Record<string, unknown>)['value-at-risk-analyst'];
    });
    expect([risk.valueAtRisk95, risk.stop, verdict.decision]).toEqual([null, 3047.53, 'buy']);
  });

  it('finds what was said where a phase collects it', async () => {
    const { verdict } = await decideWith((phases) => {
      phases.Analysis = { items: phases.Analysis as Values, count: 8 };
    });
    expect(verdict).toEqual((await holdMeeting(INPUT)).decision.verdict);
  });

  it('plans to meet again at prices that would turn a view its way, and at no others', async () => {
    const { decision, phases } = await holdMeeting({ ...INPUT, asOf: '2015-08-25' });
    const triggers = decision.plan.flatMap(({ trigger }) =>
      trigger?.includes('would say') ? [trigger] : [],
    );
    const turns = Object.values(phases['Round Table'] as unknown as Record<string, Presentation>).flatMap(
      (said) => said.turnsAt.filter((turn) => turn.change > 0 && sideOf(turn.stance) > sideOf(said.stance)),
    );
    expect(triggers).toHaveLength(3);
    for (const trigger of triggers)
      expect(turns.some(({ price }) => trigger.includes(price.toFixed(2)))).toBe(true);
  });

  it('waits for the long average and for a risk that fits the budget', async () => {
    const { decision } = await holdMeeting({ ...INPUT, asOf: '2020-03-23' });
    // Mean of the last 200 closes; forecast times budget over value at risk: 0.7976 * 0.1 / 0.3252 = 0.245.
    const triggers = decision.plan.flatMap(({ trigger }) => trigger ?? []);
    expect(triggers).toEqual([
      'a close above 3036.71, the long moving average of today',
      'a volatility forecast below 25 % a year, where the value at risk fits the loss budget',
    ]);
  });

  it('says what is missing when there was no vote', () => {
    expect(() => askMember('chair', { input: {}, outputs: {}, results: {} })).toThrow(
      'The meeting was not opened',
    );
  });
});

it.each([
  [1, 'buy'],
  [0.4, 'buy'],
  [0.15, 'buy-partial'],
  [0.1499, 'hold'],
  [-0.1499, 'hold'],
  [-0.15, 'avoid'],
  [-0.5, 'reduce'],
])('a score of %d is the choice %s', (score, choice) => {
  expect(choiceOf(score)).toBe(choice);
});

it('tranches add up to the cent, a week apart', () => {
  const tranches = splitIntoTranches(100, 3, '2020-02-19', 3000);
  expect(tranches.map(({ amount }) => amount)).toEqual([33.33, 33.33, 33.34]);
  expect(tranches.map(({ notBefore }) => notBefore)).toEqual(['2020-02-20', '2020-02-27', '2020-03-05']);
  expect(splitIntoTranches(0, 3, '2020-02-19', 3000)).toEqual([]);
});
