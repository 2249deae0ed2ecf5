import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Analysis } from '../../../agents/committee/opinions.ts';
import { writeAnswer } from '../../../agents/desk/answer.ts';
import { classify } from '../../../agents/desk/classify.ts';
import { selectAgents } from '../../../agents/desk/select.ts';
import { OVERVIEW, TOPICS } from '../../../agents/desk/topics.ts';
import { ANALYSTS } from '../meeting.ts';

const about = (question: string) => classify('question-classifier', question);

describe('a question', () => {
  it.each([
    ['How much could I lose in the next 3 months?', ['loss'], '3 months'],
    ['Is the rally overbought?', ['strength'], '30 days'],
    ['Should I buy the dip now?', ['decision', 'reversal'], '30 days'],
    ['What does April usually bring?', ['calendar'], '30 days'],
    ['Should one sell in May?', ['calendar', 'decision'], '30 days'],
    ['May I sleep well?', ['overview'], '30 days'],
    ['How large may my position be?', ['size'], '30 days'],
    ['Will it rebound next week?', ['reversal'], '1 week'],
    ['How volatile is it today?', ['volatility'], '1 day'],
    ['Are buyers or sellers behind the volume?', ['trading'], '30 days'],
    ['Which way is the trend over the next quarter?', ['direction'], '3 months'],
    ['hello', ['overview'], '30 days'],
    ['', ['overview'], '30 days'],
  ])('%j is about %j over %s', (question, topics, horizon) => {
    const found = about(question);
    expect(found.topics.map(({ topic }) => topic).toSorted()).toEqual(topics.toSorted());
    expect(found.primary).toBe(found.topics[0]?.topic);
    expect(found.horizon).toBe(horizon);
  });

  it('names its months', () => {
    expect(about('Is October worse than April?').months).toEqual([4, 10]);
    expect(about('What may come?').months).toEqual([]);
  });

  it('tells by which words it was understood', () => {
    expect(about('Is the rally overbought?').topics[0]?.because).toEqual(['rally*', 'overbought']);
  });
});

describe('the agents chosen', () => {
  const chosenFor = (question: string) => selectAgents(about(question)).map(({ agent }) => agent);

  it.each([
    ['How much could I lose?', ['value-at-risk-analyst', 'drawdown-analyst', 'volatility-analyst']],
    ['Is there momentum?', ['momentum-analyst', 'volume-analyst', 'trend-analyst']],
    ['hello', ['trend-analyst', 'volatility-analyst', 'drawdown-analyst']],
    [
      'Should I buy the dip?',
      [
        'mean-reversion-analyst',
        'drawdown-analyst',
        'momentum-analyst',
        'trend-analyst',
        'value-at-risk-analyst',
      ],
    ],
  ])('for %j are %j', (question, agents) => {
    expect(chosenFor(question)).toEqual(agents);
  });

  it('are three to five, each once, for every mixture of topics', () => {
    const names = [...TOPICS, OVERVIEW].map(({ name }) => name);
    for (const first of names) {
      for (const second of names) {
        for (const third of names) {
          const topics = [first, second, third].map((topic) => ({ topic, weight: 1, because: [] }));
          const agents = selectAgents({ topics, horizon: '30 days', months: [] }).map(({ agent }) => agent);
          expect(agents.length).toBeGreaterThanOrEqual(3);
          expect(agents.length).toBeLessThanOrEqual(5);
          expect(new Set(agents).size).toBe(agents.length);
        }
      }
    }
  });

  it('are asked for a size where they give one, else for an analysis', () => {
    const duties = selectAgents(about('How large should my position be?')).map(({ agent, duty }) => [
      agent,
      duty,
    ]);
    expect(duties[0]).toEqual(['position-sizer', 'size']);
    expect(duties.slice(1).every(([, duty]) => duty === 'analyse')).toBe(true);
  });

  it('all have a file', () => {
    const known = [...ANALYSTS, 'position-sizer'];
    for (const agent of [...TOPICS, OVERVIEW].flatMap(({ agents }) => agents)) {
      expect(known).toContain(agent);
      const file = readFileSync(join(import.meta.dirname, '../../../agents', `${agent}.md`), 'utf8');
      expect(parse(file.split('---\n')[1] ?? '').name).toBe(agent);
    }
  });
});

describe('an answer', () => {
  const analysis = (agent: string, score: number, confidence: number): Analysis => ({
    kind: 'analysis',
    agent,
    asOf: '2020-02-19',
    stance: score > 0.4 ? 'buy' : score < -0.4 ? 'avoid' : 'hold',
    score,
    confidence,
    headline: `${agent} found 5.`,
    metrics: {},
    evidence: [],
    notApplicable: [],
  });

  it('weighs the findings by confidence and names who sees it the other way', () => {
    const found = writeAnswer('answer-writer', about('Is there risk?'), {
      analyses: [analysis('one', 0.8, 0.6), analysis('two', -0.5, 0.2)],
      sizing: undefined,
    });
    // (0.8 * 0.6 - 0.5 * 0.2) / 0.8 = 0.475; three quarters of the confidence agree: 0.4 * 0.75 = 0.3.
    expect([found.score, found.stance, found.confidence]).toEqual([0.475, 'buy', 0.3]);
    expect(found.answer).toContain('75 % of the confidence is on this side; two sees it the other way.');
    expect(found.answer.split('\n\n')[1]).toBe('one found 5.');
    expect(found.answer).toContain('As of 2020-02-19, for 30 days');
  });

  it('says so when nobody disagrees', () => {
    const found = writeAnswer('answer-writer', about('Is there risk?'), {
      analyses: [analysis('one', 0.1, 0.5)],
      sizing: undefined,
    });
    expect([found.stance, found.findings.length]).toEqual(['hold', 1]);
    expect(found.answer).toContain('Nobody asked sees it the other way.');
  });
});
