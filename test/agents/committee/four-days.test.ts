import { beforeAll, describe, expect, it } from 'vitest';
import { sideOf } from '../../../agents/committee/opinions.ts';
import { ANALYSTS, holdMeeting, type Meeting, type Values } from '../meeting.ts';

const MANDATE = { ticker: 'SPX', amount: 10_000, timeHorizon: '30 days', riskTolerance: 'medium' } as const;
const DAYS = ['2007-10-09', '2009-03-09', '2020-02-19', '2020-03-23'] as const;

const meetings = new Map<string, Meeting>();
const on = (day: string): Meeting => {
  const meeting = meetings.get(day);
  if (meeting === undefined) throw new Error(`no meeting on ${day}`);
  return meeting;
};
const analysisOf = (day: string, agent: string) =>
  (on(day).phases.Analysis as Values)[agent] as unknown as {
    score: number;
    stance: string;
    metrics: Record<string, number>;
  };

beforeAll(async () => {
  for (const asOf of DAYS) meetings.set(asOf, await holdMeeting({ ...MANDATE, asOf }));
});

describe('decisions', () => {
  it('differ from day to day', () => {
    expect(DAYS.map((day) => on(day).decision.verdict.decision)).toEqual([
      'buy-partial',
      'reduce',
      'buy',
      'avoid',
    ]);
  });

  it('are reached by analysts who see what there was to see', () => {
    expect(analysisOf('2007-10-09', 'drawdown-analyst').metrics.current).toBe(0);
    expect(analysisOf('2009-03-09', 'trend-analyst').score).toBe(-1);
    expect(analysisOf('2009-03-09', 'drawdown-analyst').metrics.current).toBeCloseTo(0.568, 3);
    expect(analysisOf('2009-03-09', 'mean-reversion-analyst').stance).toBe('buy');
    expect(analysisOf('2020-02-19', 'trend-analyst').score).toBe(1);
    expect(analysisOf('2020-03-23', 'volatility-analyst').score).toBeLessThan(-0.9);
    expect(analysisOf('2020-03-23', 'momentum-analyst').metrics.return12to1).toBeGreaterThan(0.15);
  });

  it('put in less money the less the risk rules allow', () => {
    const [peak, , calm] = DAYS.map((day) => on(day).decision.sizing);
    expect(calm?.amount).toBe(10_000);
    expect(peak?.amount).toBeGreaterThan(0);
    expect(peak?.amount).toBeLessThan(5_000);
  });

  it('sell existing holdings only to reduce', () => {
    expect(DAYS.map((day) => on(day).decision.sizing.reduceHoldingBy)).toEqual([0, 0.5, 0, 0]);
  });
});

describe.each(DAYS)('the meeting of %s', (day) => {
  it('has an analysis, a presentation, a defence and a vote of every analyst', () => {
    const { phases, defences, consensus } = on(day);
    expect(Object.keys(phases.Analysis as Values)).toEqual(ANALYSTS);
    expect(Object.keys(phases['Round Table'] as Values)).toEqual(ANALYSTS);
    expect(defences.map(({ agent }) => agent)).toEqual(ANALYSTS);
    expect(Object.keys(consensus.votes)).toEqual([...ANALYSTS, 'position-sizer', 'red-team']);
  });

  it('answers every challenge, and every one answered costs confidence', () => {
    const { attack, defences, phases } = on(day);
    const answered = defences.flatMap(({ replies }) => replies.map(({ challenge }) => challenge));
    expect(answered.sort()).toEqual(attack.challenges.map(({ id }) => id).sort());
    expect(attack.challenges.length).toBeGreaterThan(3);
    for (const { agent, confidence, replies } of defences) {
      const before = ((phases['Round Table'] as Values)[agent] as { confidence: number }).confidence;
      if (replies.length > 0) expect(confidence).toBeLessThan(before);
      else expect(confidence).toBe(before);
    }
  });

  it('compares with past days whose outcome was known', () => {
    const { analogues, baseRate } = on(day).attack;
    expect(analogues).toHaveLength(8);
    for (const { date, return: outcome, worst } of analogues) {
      expect(date < day).toBe(true);
      expect(worst).toBeLessThanOrEqual(Math.min(0, outcome));
    }
    expect(baseRate.positive).toBeGreaterThan(0.5);
  });

  it('names as dissent everyone on another side, with a reason, and nobody else', () => {
    const { decision, consensus } = on(day);
    const side = sideOf(decision.verdict.decision);
    const others = Object.entries(consensus.votes).filter(
      ([, { choice }]) => sideOf(choice as 'buy') !== side,
    );
    expect(decision.dissent.map(({ agent }) => agent).sort()).toEqual(others.map(([agent]) => agent).sort());
    for (const { reason } of decision.dissent) expect(reason).toMatch(/\d/);
  });

  it('buys in tranches that add up, with a stop below the price, or not at all', () => {
    const { sizing, risk, plan, verdict } = on(day).decision;
    const total = sizing.tranches.reduce((sum, { amount }) => sum + amount, 0);
    expect(total).toBeCloseTo(sizing.amount, 2);
    expect(sizing.amount > 0).toBe(sideOf(verdict.decision) === 1);
    if (risk.stop === null) expect(sizing.amount).toBe(0);
    else expect(risk.stop).toBeLessThan(on(day).opening.data.price);
    expect(plan.map(({ step }) => step)).toEqual(plan.map((_, index) => index + 1));
    for (const { date, trigger } of plan) expect(date ?? trigger).toBeTruthy();
    for (const { date } of plan) if (date !== null) expect(date > day).toBe(true);
  });

  it('keeps the amount at risk within the loss that the tolerance allows', () => {
    const { risk } = on(day).decision;
    expect(risk.amountAtRisk).toBeLessThanOrEqual(risk.lossBudget);
    expect(risk.lossBudget).toBe(1000);
  });

  it('comes out the same when it is held again', async () => {
    expect(await holdMeeting({ ...MANDATE, asOf: day })).toEqual(on(day));
  });
});
