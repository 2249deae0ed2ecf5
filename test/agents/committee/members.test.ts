import { describe, expect, it } from 'vitest';
import { challengesTo } from '../../../agents/committee/challenges.ts';
import { readMandate } from '../../../agents/committee/mandate.ts';
import type { Analysis, Presentation } from '../../../agents/committee/opinions.ts';
import type { Replay } from '../../../agents/committee/replays.ts';
import { loadSeries } from '../../../agents/market/load.ts';
import { dailyRows, writeCsv } from '../csv-file.ts';
import { ANALYSTS, askMember, holdMeeting, type Values } from '../meeting.ts';

const NOTHING = { outputs: {}, results: {} };

describe('the mandate', () => {
  it('has defaults, and takes numbers as text', () => {
    expect(readMandate({})).toEqual({
      amount: 10_000,
      horizonDays: 30,
      horizon: '30 days',
      riskTolerance: 'medium',
      months: [],
    });
    expect(readMandate({ amount: '2500.5', riskTolerance: ' High ' })).toMatchObject({
      amount: 2500.5,
      riskTolerance: 'high',
    });
  });

  it.each([
    ['30 days', 30],
    ['1 day', 1],
    ['2w', 14],
    ['6 months', 183],
    ['1 year', 365],
    ['2 Years', 731],
  ])('reads a horizon of %s as %d days', (timeHorizon, days) => {
    expect(readMandate({ timeHorizon }).horizonDays).toBe(days);
  });

  it.each([
    [{ amount: 0 }, 'amount must be a number above 0, not 0'],
    [{ amount: '-5' }, 'amount must be a number above 0, not "-5"'],
    [{ amount: 'much' }, 'amount must be a number above 0, not "much"'],
    [{ amount: '1e999' }, 'amount must be a number above 0'],
    [{ timeHorizon: 'soon' }, 'timeHorizon "soon" is not understood'],
    [{ timeHorizon: '0 days' }, 'timeHorizon "0 days" is not understood'],
    [{ timeHorizon: '5 parsecs' }, 'timeHorizon "5 parsecs" is not understood'],
    [{ riskTolerance: 'reckless' }, 'riskTolerance must be low, medium or high, not "reckless"'],
  ])('refuses %j', (input, message) => {
    expect(() => readMandate(input)).toThrow(message);
  });
});

describe('an analyst', () => {
  it('refuses a duty it does not have', () => {
    expect(() => askMember('trend-analyst', { ...NOTHING, input: { ticker: 'SPX', duty: 'sing' } })).toThrow(
      'duty must be analyse, present, defend, vote, not "sing"',
    );
  });

  it('gains confidence in company and loses it alone, by a tenth at most', () => {
    const input = { ticker: 'SPX', asOf: '2020-02-19', duty: 'present' };
    const others = (stance: string): Values =>
      Object.fromEntries(
        ['a', 'b', 'c'].map((agent) => [
          agent,
          { kind: 'presentation', agent, stance, score: 0.5, confidence: 0.5 },
        ]),
      );
    const confidenceAmong = (results: Values) =>
      (askMember('trend-analyst', { input, outputs: {}, results }) as { confidence: number }).confidence;
    const alone = confidenceAmong({});
    expect(confidenceAmong(others('buy'))).toBeCloseTo(alone * 1.1, 3);
    expect(confidenceAmong(others('avoid'))).toBeCloseTo(alone * 0.9, 3);
    expect(confidenceAmong(others('hold'))).toBe(alone);
  });

  it('names the prices that would turn its view, and they do', () => {
    const until = { ticker: 'SPX', asOf: '2020-02-19' };
    const said = askMember('mean-reversion-analyst', {
      ...NOTHING,
      input: { ...until, duty: 'present' },
    }) as unknown as Presentation;
    expect([said.stance, said.turnsAt.map(({ change, stance }) => [change, stance])]).toEqual([
      'avoid',
      [[-0.03, 'hold']],
    ]);
    const { dates, close } = loadSeries(until);
    const rows = dates.map((date, index) => `${date},${close[index]}`);
    const dataFile = writeCsv(['date,close', ...rows, `2020-02-20,${said.turnsAt[0]?.price}`].join('\n'));
    const then = askMember('mean-reversion-analyst', { ...NOTHING, input: { ticker: 'SPX', dataFile } });
    expect(then).toMatchObject({ asOf: '2020-02-20', stance: 'hold' });
  });

  it('has no view, no weight and a reason where the data cannot answer', async () => {
    const { phases } = await holdMeeting({
      ticker: 'MSFT',
      amount: 5000,
      timeHorizon: '3 months',
      riskTolerance: 'high',
      asOf: '2007-06-01',
    });
    const volume = (phases.Analysis as Values)['volume-analyst'];
    expect(volume).toMatchObject({
      stance: 'hold',
      confidence: 0,
      metrics: {},
      notApplicable: [
        { indicator: 'volume analysis', reason: 'needs daily data, and the series is monthly' },
      ],
    });
    const momentum = (phases.Analysis as Values)['momentum-analyst'];
    expect(momentum).toMatchObject({ metrics: { rsi14: null, macdLine: null } });
    expect(
      (phases.Consensus as unknown as { votes: Record<string, { weight: number }> }).votes['volume-analyst']
        ?.weight,
    ).toBe(0);
  });

  it('has no view on the calendar of a whole year', () => {
    const said = askMember('seasonality-analyst', {
      ...NOTHING,
      input: { ticker: 'SPX', timeHorizon: '1 year' },
    });
    expect(said).toMatchObject({
      confidence: 0,
      headline: expect.stringContaining('which holds most months of a year'),
    });
  });

  it('asks for more prices where there are too few for its longest window', () => {
    const dataFile = writeCsv(`date,close\n${dailyRows(100).join('\n')}`);
    for (const agent of ANALYSTS) {
      const said = askMember(agent, {
        ...NOTHING,
        input: { ticker: 'MINE', dataFile },
      }) as unknown as Analysis;
      if (said.confidence === 0) expect(said.notApplicable).toHaveLength(1);
      expect(said.headline).not.toContain('NaN');
      expect(JSON.stringify(said)).not.toContain('null,');
    }
  });

  it('weighs direction more and risk less when more risk is tolerated', () => {
    const weightOf = (agent: string, riskTolerance: string) =>
      (
        askMember(agent, {
          ...NOTHING,
          input: { ticker: 'SPX', asOf: '2020-02-19', duty: 'vote', riskTolerance },
        }) as { weight: number }
      ).weight;
    expect(weightOf('trend-analyst', 'high')).toBeGreaterThan(weightOf('trend-analyst', 'low'));
    expect(weightOf('volatility-analyst', 'high')).toBeLessThan(weightOf('volatility-analyst', 'low'));
  });
});

describe('the red team', () => {
  const analysis: Analysis = {
    kind: 'analysis',
    agent: 'trend-analyst',
    asOf: '2020-01-01',
    stance: 'buy',
    score: 0.8,
    confidence: 0.6,
    headline: 'It rises 5 %.',
    metrics: {},
    evidence: [],
    notApplicable: [],
  };
  /** `count` past days on which the method said the same, of which `rose` were followed by a rise, and as many others of which half rose. */
  const past = (count: number, rose: number): Replay[] =>
    Array.from({ length: 2 * count }, (_, index) => {
      const same = index % 2 === 0;
      const isRise = same ? index / 2 < rose : index % 4 === 1;
      return {
        date: `20${10 + (index % 10)}-01-01`,
        scores: { 'trend-analyst': same ? 0.7 : -0.7 },
        return: isRise ? 0.02 : -0.02,
        worst: -0.02,
      };
    });
  const trackRecord = (replays: Replay[]) =>
    challengesTo(analysis, { analyses: [analysis], replays, mandate: readMandate({}), seed: 'test' }).find(
      ({ attack }) => attack === 'track-record',
    );

  it.each([
    [40, 4, 'high', 0.6],
    [40, 18, 'medium', 0.75],
    [40, 22, 'low', 0.9],
    [3, 3, 'low', 0.9],
  ])(
    'finds a view that was right in %d cases %d times a challenge of severity %s',
    (count, right, severity, factor) => {
      expect(trackRecord(past(count, right))).toMatchObject({
        severity,
        confidenceFactor: factor,
        claim: 'It rises 5 %.',
      });
    },
  );

  it('has nothing against a view that was right far more often than chance', () => {
    expect(trackRecord(past(40, 38))).toBeUndefined();
  });

  it('attacks both sides alike', () => {
    const mirrored = { ...analysis, score: -0.8, stance: 'reduce' as const };
    const replays = past(40, 4).map((replay) => ({
      ...replay,
      scores: { 'trend-analyst': -(replay.scores['trend-analyst'] ?? 0) },
      return: -replay.return,
    }));
    const [found] = challengesTo(mirrored, {
      analyses: [mirrored],
      replays,
      mandate: readMandate({}),
      seed: 'test',
    });
    expect(found).toMatchObject({ attack: 'track-record', severity: 'high' });
  });

  it('leaves those without a view alone', () => {
    const silent = { ...analysis, stance: 'hold' as const, score: 0.1 };
    expect(
      challengesTo(silent, {
        analyses: [silent],
        replays: past(40, 4),
        mandate: readMandate({}),
        seed: 'test',
      }),
    ).toEqual([]);
  });

  it('sets a surer colleague against an analyst', () => {
    const bear: Analysis = {
      ...analysis,
      agent: 'volatility-analyst',
      score: -0.9,
      stance: 'reduce',
      confidence: 0.8,
      headline: 'It is rough.',
    };
    const found = challengesTo(analysis, {
      analyses: [analysis, bear],
      replays: past(40, 38),
      mandate: readMandate({}),
      seed: 'test',
    });
    expect(found.find(({ attack }) => attack === 'contradiction')).toMatchObject({
      severity: 'medium',
      counterEvidence: expect.stringContaining('It is rough.'),
    });
    expect(
      challengesTo(bear, {
        analyses: [analysis, bear],
        replays: [],
        mandate: readMandate({}),
        seed: 'test',
      }).map(({ attack }) => attack),
    ).toEqual(['track-record']);
  });

  it('finds where a method failed in part of the past', () => {
    const replays = past(36, 36).map((replay, index) =>
      index < 24 ? { ...replay, return: -replay.return } : replay,
    );
    const found = challengesTo(analysis, {
      analyses: [analysis],
      replays,
      mandate: readMandate({}),
      seed: 'test',
    });
    expect(found.find(({ attack }) => attack === 'sub-periods')?.severity).toBe('low');
  });

  it('needs something to attack', () => {
    expect(() => askMember('red-team', { ...NOTHING, input: { ticker: 'SPX' } })).toThrow(
      'There is no analysis to attack',
    );
  });
});

describe('compliance', () => {
  const check = (input: Values) =>
    askMember('compliance-officer', {
      ...NOTHING,
      input: { ticker: 'SPX', asOf: '2020-02-19', amount: 10_000, ...input },
    }) as unknown as {
      refusal: string;
      maxAmount: number;
      rules: { rule: string; status: string }[];
    };
  const statusOf = (input: Values, rule: string) =>
    check(input).rules.find((candidate) => candidate.rule === rule)?.status;

  it('passes an ordinary mandate and leaves open what it cannot know', () => {
    const { refusal, maxAmount, rules } = check({});
    expect([refusal, maxAmount]).toEqual(['', 10_000]);
    expect(Object.fromEntries(rules.map(({ rule, status }) => [rule, status]))).toEqual({
      'data-freshness': 'pass',
      history: 'pass',
      horizon: 'pass',
      liquidity: 'pass',
      concentration: 'open',
      'loss-limit': 'pass',
    });
  });

  it('limits an amount that is too much of the trading', () => {
    const { maxAmount, refusal } = check({ amount: 1e15 });
    expect(statusOf({ amount: 1e15 }, 'liquidity')).toBe('limited');
    expect(maxAmount).toBeGreaterThan(1e9);
    expect(maxAmount).toBeLessThan(1e12);
    expect(refusal).toBe('');
  });

  it.each([
    [{ portfolioValue: 20_000 }, 'pass', 10_000],
    [{ portfolioValue: '12000' }, 'limited', 7_200],
    [{ ticker: 'MSFT', asOf: '2009-06-01', portfolioValue: 10_000 }, 'limited', 2_000],
  ])('limits the part of a portfolio: %j', (input, status, maxAmount) => {
    expect([statusOf(input, 'concentration'), check(input).maxAmount]).toEqual([status, maxAmount]);
  });

  it('refuses a horizon that the past does not hold four times', () => {
    const input = { asOf: '2003-06-02', timeHorizon: '1 year' };
    expect([statusOf(input, 'horizon'), check(input).refusal]).toEqual([
      'fail',
      'The past holds 3 separate periods of 1 year; twenty are wanted, four are needed.',
    ]);
  });

  it('warns of prices that are not of the day', () => {
    const dataFile = writeCsv(`date,close\n${dailyRows(800).join('\n')}`);
    const asOf = '2013-01-31';
    expect(check({ ticker: 'MINE', dataFile, asOf }).refusal).toBe('');
    expect(statusOf({ ticker: 'MINE', dataFile, asOf }, 'data-freshness')).toBe('warn');
  });

  it('refuses a portfolio that is none', () => {
    expect(() => check({ portfolioValue: -1 })).toThrow('portfolioValue must be a number above 0, not -1');
  });
});
