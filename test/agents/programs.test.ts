import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../src/json.ts';
import { validateJson } from '../../src/task/json-schema.ts';
import { writeCsv } from './csv-file.ts';
import { type Ask, askProgram, holdMeeting, type Values } from './meeting.ts';
import { AGENTS, readAgentFile, runProgram } from './run-program.ts';

const SHIPPED = readdirSync(AGENTS)
  .filter((file) => file.endsWith('.md'))
  .map((file) => file.replace(/\.md$/, ''));
const COMMITTEE = [
  'chair',
  'committee-secretary',
  'compliance-officer',
  'drawdown-analyst',
  'mean-reversion-analyst',
  'momentum-analyst',
  'position-sizer',
  'red-team',
  'seasonality-analyst',
  'trend-analyst',
  'value-at-risk-analyst',
  'volatility-analyst',
  'volume-analyst',
];

const MANDATE = {
  ticker: 'SPX',
  amount: '10000',
  timeHorizon: '30 days',
  riskTolerance: 'medium',
  asOf: '2020-02-19',
};

describe('the programs of the committee', () => {
  it('hold the meeting that their functions hold, with outputs that fit their schemas', {
    timeout: 120_000,
  }, async () => {
    const violations: string[] = [];
    const askAndCheck: Ask = async (agent, question) => {
      const output = await askProgram(agent, question);
      const { troupe } = await readAgentFile(agent);
      for (const { path, message } of validateJson(troupe.outputSchema ?? {}, output))
        violations.push(`${agent}: ${path} ${message}`);
      return output;
    };
    const meeting = await holdMeeting(MANDATE, askAndCheck);
    expect(violations).toEqual([]);
    expect(meeting).toEqual(await holdMeeting(MANDATE));
    expect(meeting.decision.verdict.decision).toBe('buy');
  });

  it('are thirteen', () => {
    expect(SHIPPED.filter((agent) => COMMITTEE.includes(agent)).sort()).toEqual(COMMITTEE);
  });
});

describe('a program', () => {
  it('ends with a fatal error for a ticker that nobody has data for', async () => {
    const { output, error } = await runProgram('committee-secretary', {
      input: { ...MANDATE, ticker: 'BTC' },
    });
    expect(output).toBeUndefined();
    expect(error?.class).toBe('fatal');
    expect(error?.message).toMatch(/^No price data for BTC\. There is data for SPX .*MSFT/);
  });

  it('names file and line of a row that it cannot read', async () => {
    const dataFile = writeCsv('date,close\n2020-01-01,5\n2020-01-02,five\n');
    const { error } = await runProgram('trend-analyst', { input: { ticker: 'MINE', dataFile } });
    expect(error).toEqual({ class: 'fatal', message: `${dataFile}:3: close "five" is not a number above 0` });
  });

  it.each([
    ['not JSON', 'hello', 'stdin is not JSON'],
    ['a list', '[1]', 'stdin holds no JSON object'],
    ['nothing', '', 'stdin is not JSON'],
  ])('refuses %s on stdin', async (_, stdin, message) => {
    const { error } = await runProgram('chair', stdin);
    expect(error?.class).toBe('fatal');
    expect(error?.message).toContain(message);
  });

  it('says what it is doing before it answers', async () => {
    const { progress, output } = await runProgram('trend-analyst', { input: MANDATE });
    expect(progress).toEqual([
      { message: 'buy: The close is 11.5 % above its 200-day average, which moves +18.5 % a year.' },
    ]);
    expect(output).toMatchObject({ kind: 'analysis', agent: 'trend-analyst', asOf: '2020-02-19' });
  });

  it('calls its own mistakes crashes, with the stack on stderr', async () => {
    const outputs = { Validation: { 'position-sizer': { kind: 'sizing-limits', agent: 'position-sizer' } } };
    const { error, stderr } = await runProgram('compliance-officer', { input: MANDATE, outputs });
    expect(error?.class).toBe('crash');
    expect(stderr).toContain('compliance.ts');
  });

  it('writes its begin and its end into the journal', async () => {
    const journal = writeCsv('');
    const who = { execution: 'e1', step: 'analyse', attempt: 2, input: MANDATE };
    await runProgram('trend-analyst', who, { TROUPE_AGENT_JOURNAL: journal });
    await runProgram('trend-analyst', { ...who, input: {} }, { TROUPE_AGENT_JOURNAL: journal });
    const lines = readFileSync(journal, 'utf8').trimEnd().split('\n');
    expect(lines.map((line) => line.replace(/ \d+ (?=begin|end)/, ' PID '))).toEqual([
      'e1/analyse 2 PID begin',
      'e1/analyse 2 PID end',
      'e1/analyse 2 PID begin',
      'e1/analyse 2 PID end',
    ]);
  });

  it('says how it is used when a person starts it', () => {
    const program = join(AGENTS, 'committee/chair.ts');
    const onTerminal = `import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))`;
    const run = () =>
      execFileSync('python3', ['-c', onTerminal, process.execPath, program], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      });
    expect(run).toThrow(
      expect.objectContaining({ status: 2, stdout: expect.stringMatching(/^usage: .*\| node .*\.ts\r\n$/) }),
    );
  });
});

describe.each(SHIPPED)('agents/%s.md', (agent) => {
  it('is named as its file, says what it does, and names a program that is there', async () => {
    const { name, description, troupe } = await readAgentFile(agent);
    expect(name).toBe(agent);
    expect(description.length).toBeGreaterThan(20);
    const [node, program = ''] = troupe.command;
    expect(node).toBe('node');
    expect(readFileSync(join(AGENTS, program), 'utf8')).toContain('await runAgent(');
    expect(Object.keys(troupe).sort()).toEqual([
      'capabilities',
      'command',
      'concurrency',
      'env',
      'output',
      'outputSchema',
      'runner',
      'timeout',
    ]);
  });

  it('has a method in plain words', () => {
    const [, , prompt = ''] = readFileSync(join(AGENTS, `${agent}.md`), 'utf8').split('---\n');
    expect(prompt.trim().split(/\s+/).length).toBeGreaterThan(40);
  });

  it('refuses an output that is not its own', async () => {
    const { troupe } = await readAgentFile(agent);
    for (const output of [{}, { kind: 'something', agent }, 'text'] as Json[]) {
      expect(validateJson(troupe.outputSchema ?? {}, output), JSON.stringify(output)).not.toEqual([]);
    }
  });
});

describe('the desk', () => {
  it('answers a question with the agents that it chose', async () => {
    const input: Values = {
      question: 'How much could I lose in the next 3 months?',
      ticker: 'SPX',
      asOf: '2020-02-19',
    };
    const ask = async (agent: string, extra: Values, outputs: Values = {}): Promise<Values> =>
      (await askProgram(agent, { input: { ...input, ...extra }, outputs, results: {} })) as Values;
    const classified = {
      'Question Classification': { 'question-classifier': await ask('question-classifier', {}) },
    };
    const { selection } = await ask('desk-coordinator', {}, classified);
    const chosen = selection as unknown as { agent: string; duty: string; horizon: string; months: string }[];
    expect(chosen.map(({ agent }) => agent)).toEqual([
      'value-at-risk-analyst',
      'drawdown-analyst',
      'volatility-analyst',
    ]);
    const found: Record<string, Values> = {};
    for (const { agent, duty, horizon, months } of chosen)
      found[agent] = await ask(agent, { duty, timeHorizon: horizon, months });
    const answer = await ask('answer-writer', {}, { ...classified, 'Rapid Analysis': found });
    expect(answer.answer).toContain('Over 3 months one case in twenty loses more than');
    expect(answer).toMatchObject({ topic: 'loss', asOf: '2020-02-19' });
    const { troupe } = await readAgentFile('answer-writer');
    expect(validateJson(troupe.outputSchema ?? {}, answer)).toEqual([]);
  });
});
