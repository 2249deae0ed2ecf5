import { execFileSync } from 'node:child_process';
import { beforeAll, describe, expect, it } from 'vitest';
import { table } from '../../../agents/report/markdown.ts';
import { scale, ticks } from '../../../agents/report/svg.ts';
import { holdMeeting, type Meeting } from '../meeting.ts';

const MANDATE = { amount: 10_000, timeHorizon: '30 days', riskTolerance: 'medium' } as const;
/** Names of elements and all text of each SVG document, by a parser that refuses what is not well-formed. */
const READ_SVG = `
import json, sys, xml.etree.ElementTree as tree
roots = [tree.fromstring(text) for text in json.load(sys.stdin)]
print(json.dumps([{"tags": [e.tag.split("}")[1] for e in root.iter()], "text": [e.text or "" for e in root.iter()],
  "numbers": [v for e in root.iter() for v in (e.get("d", ""), e.get("x", ""), e.get("y", ""), e.get("width", ""))]} for root in roots]))
`;

interface Drawing {
  readonly tags: readonly string[];
  readonly text: readonly string[];
  readonly numbers: readonly string[];
}

function drawingsIn(report: string): Drawing[] {
  const pictures = [...report.matchAll(/\(data:image\/svg\+xml;base64,([A-Za-z0-9+/=]+)\)/g)].map(
    ([, data = '']) => Buffer.from(data, 'base64').toString(),
  );
  return JSON.parse(
    execFileSync('python3', ['-c', READ_SVG], { input: JSON.stringify(pictures), encoding: 'utf8' }),
  );
}

describe('the report', () => {
  let bought: Meeting;
  let avoided: Meeting;
  let monthly: Meeting;
  beforeAll(async () => {
    bought = await holdMeeting({ ...MANDATE, ticker: 'SPX', asOf: '2020-02-19' });
    avoided = await holdMeeting({ ...MANDATE, ticker: 'SPX', asOf: '2020-03-23' });
    monthly = await holdMeeting({ ...MANDATE, ticker: 'AMZN', asOf: '2008-06-01' });
  });

  it('has the decision first, and every part of the meeting', () => {
    const headings = bought.report.split('\n').filter((line) => line.startsWith('#'));
    expect(headings).toEqual([
      '# SPX: investment committee of 2020-02-19',
      '## Decision: buy',
      '## Plan',
      '## Risk',
      '## What the analysts found',
      '## Debate',
      '## Limits',
      '## Consensus and dissent',
      '## What this cannot know',
    ]);
    expect(bought.report).toContain('not investment advice');
  });

  it('stays under 200 KiB', () => {
    for (const { report } of [bought, avoided, monthly])
      expect(Buffer.byteLength(report)).toBeLessThan(200 * 1024);
  });

  it('says of every challenge how it was answered, and of every dissenter why', () => {
    const lines = avoided.report.split('\n');
    for (const { counterEvidence } of avoided.attack.challenges) {
      expect(lines.find((line) => line.includes(counterEvidence))).toMatch(/\*\*(contest|concede)\*\*: /);
    }
    for (const { agent, reason } of avoided.decision.dissent) {
      expect(lines.some((line) => line.startsWith(`| ${agent} |`) && line.includes(reason))).toBe(true);
    }
  });

  it('lists what monthly data cannot give', () => {
    expect(monthly.report).toContain(
      '- volume-analyst: volume analysis needs daily data, and the series is monthly.',
    );
    expect(monthly.report).toContain('The series is monthly');
    expect(bought.report).not.toContain('The series is monthly');
  });

  it('draws four well-formed charts without a gap in their numbers', () => {
    for (const { report } of [bought, avoided, monthly]) {
      const drawings = drawingsIn(report);
      expect(drawings).toHaveLength(4);
      for (const { tags, numbers } of drawings) {
        expect(tags[0]).toBe('svg');
        expect(numbers.join(' ')).not.toMatch(/NaN|Infinity|undefined/);
      }
    }
  });

  it('draws prices up to the day of the decision, with the stop only when something is bought', () => {
    const [price] = drawingsIn(bought.report);
    expect(price?.text).toContain('S&P 500 index, 2018-02-16 to 2020-02-19');
    expect(price?.text).toContain(`stop ${bought.decision.risk.stop?.toFixed(2)}`);
    expect(drawingsIn(avoided.report)[0]?.text.some((text) => text.startsWith('stop'))).toBe(false);
  });

  it('draws a bar for every analyst and every choice', () => {
    const [, , scores, tally] = drawingsIn(bought.report);
    expect(scores?.text).toEqual(expect.arrayContaining(['trend-analyst', 'mean-reversion-analyst', '1.00']));
    expect(tally?.text).toEqual(expect.arrayContaining(['buy', 'buy-partial', 'hold', 'avoid', 'reduce']));
  });
});

describe('drawing', () => {
  it('maps data to pixels', () => {
    const x = scale([0, 10], [100, 200]);
    expect([x(0), x(5), x(10)]).toEqual([100, 150, 200]);
    expect(scale([3, 3], [0, 10])(3)).toBe(0);
  });

  it('puts ticks on round values inside the range', () => {
    expect(ticks(2417, 3386)).toEqual([2600, 2800, 3000, 3200]);
    expect(ticks(-0.5, 0, 4)).toEqual([-0.4, -0.2, 0]);
  });

  it('keeps text from breaking out of a table', () => {
    expect(table(['A', '>B'], [['x | y', 'two\nlines']])).toBe(
      '| A | B |\n| --- | ---: |\n| x \\| y | two lines |',
    );
  });
});
