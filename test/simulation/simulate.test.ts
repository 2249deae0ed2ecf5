import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { exampleOutput } from '../../src/simulation/agents/default-script.ts';
import { replayAgent, replaySignals } from '../../src/simulation/agents/replay.ts';
import { type SimulateOptions, simulate } from '../../src/simulation/simulate.ts';
import { defineTask } from '../../src/task/define.ts';
import { temporaryFolder } from '../cli/run-in-process.ts';

const release = defineTask({
  name: 'release',
  version: '1.0.0',
  requirements: { title: 'string' },
  phases: [
    { name: 'Draft', steps: [{ agent: 'writer', id: 'draft', text: 'Write {{ input.title }}' }] },
    {
      name: 'Approval',
      dependsOn: ['Draft'],
      onFailure: 'continue',
      steps: [{ wait: 'approve', id: 'approve', timeout: '30 days' }],
    },
    {
      name: 'Publish',
      dependsOn: ['Approval'],
      when: 'has(outputs.Approval)',
      steps: [{ agent: 'publisher', id: 'publish', text: 'Publish' }],
      outputs: ['published'],
    },
    {
      name: 'Shelve',
      dependsOn: ['Approval'],
      when: '!has(outputs.Approval)',
      steps: [{ agent: 'archivist', id: 'shelve', text: 'Shelve' }],
      outputs: ['shelved'],
    },
  ],
});

const agents: SimulateOptions['agents'] = {
  writer: [{ output: { draft: 'All is well.' }, latency: '2h', usage: { tokens: 100, usd: 0.01 } }],
  publisher: () => ({ published: true }),
  archivist: () => ({ shelved: true }),
};

const input = { title: 'news' };

describe('moving', () => {
  test('to a phase, a wait, and the end; thirty days take no time', async () => {
    await using run = await simulate(release, { input, agents });
    await run.untilPhase('Draft', 'running');
    expect(run.elapsedMs).toBe(0);
    await run.untilPhase('Draft');
    expect(run.elapsedMs).toBe(2 * HOUR_MS);
    await run.untilWaitingFor('approve');
    expect(run.waitingFor).toEqual(['approve']);
    const report = await run.toEnd();
    expect(report.status).toBe('completed');
    expect(run.elapsedMs).toBe(30 * DAY_MS + 2 * HOUR_MS);
    expect(run.outputs).toEqual({ shelved: true });
  });

  test('by a time, to the very moment', async () => {
    await using run = await simulate(release, { input, agents });
    await run.advance('1h');
    expect(run.now).toBe(Date.UTC(2020, 0, 1, 1));
    expect(run.report().phases[0]?.steps[0]?.status).toBe('claimed');
    await run.advance(HOUR_MS);
    expect(run.order).toEqual(['draft']);
    await run.advance(0);
    expect(run.elapsedMs).toBe(2 * HOUR_MS);
  });

  test('to a state of a step', async () => {
    await using run = await simulate(release, {
      input,
      agents: { ...agents, writer: [{ when: { attempt: 1 }, fail: {} }, { output: { draft: '' } }] },
    });
    await run.untilStep('draft', 'failed');
    await expect(run.untilStep('publish')).rejects.toMatchObject({ code: 'SIMULATION_UNREACHED' });
  });

  test('says why it cannot get there: it has ended', async () => {
    await using run = await simulate(release, { input, agents });
    await expect(run.untilPhase('Publish')).rejects.toMatchObject({
      code: 'SIMULATION_UNREACHED',
      message: expect.stringMatching(
        /^simulation cannot see phase 'Publish' completed any more: it is (running|completed)/,
      ),
    });
  });

  test('says what it waits for when nothing more is due', async () => {
    const wait = defineTask({
      name: 'w',
      version: '1.0.0',
      phases: [{ name: 'W', steps: [{ wait: 'go', id: 'go' }] }],
    });
    await using run = await simulate(wait);
    await expect(run.toEnd()).rejects.toMatchObject({
      message:
        'simulation cannot come to its end any more: it is running, and step go waits for the signal go.',
      hint: 'Send it with signal(NAME, payload), or let the option `signals` do so.',
    });
  });

  test('says which agent waits for something real, whatever the heartbeats', async () => {
    await using run = await simulate(release, {
      input,
      agents: { writer: () => new Promise((resolve) => setTimeout(resolve, 60_000).unref()) },
    });
    await expect(run.toEnd()).rejects.toMatchObject({
      message: expect.stringContaining('step draft is at work (writer, attempt'),
      hint: expect.stringContaining('context.sleep'),
    });
  });

  test('an agent that sleeps for ever does not hang a test', async () => {
    await using run = await simulate(release, {
      input,
      agents: { writer: { adversary: 'lie', every: '1 day' } },
    });
    await expect(run.toEnd()).rejects.toMatchObject({ code: 'SIMULATION_UNREACHED' });
  });

  test('a paused execution says that it is paused', async () => {
    await using run = await simulate(release, { input, agents });
    await run.pause('lunch');
    await run.untilStatus('paused');
    await expect(run.toEnd()).rejects.toMatchObject({ hint: 'resume() goes on with it.' });
  });

  test.each([
    ['phase', (run: Run) => run.untilPhase('Publsh'), "Did you mean 'Publish'?"],
    ['step', (run: Run) => run.untilStep('drafts'), "Did you mean 'draft'?"],
    ['signal', (run: Run) => run.untilWaitingFor('approved'), "Did you mean 'approve'?"],
    ['status', (run: Run) => run.untilStatus('complete'), "Did you mean 'completed'?"],
  ])('a %s that there is not is said at once', async (_, move, hint) => {
    await using run = await simulate(release, { input, agents });
    await expect(move(run)).rejects.toMatchObject({ code: 'SIMULATION_NAME_UNKNOWN', hint });
  });
});

describe('acting', () => {
  test('a signal goes to the step that waits, with its payload', async () => {
    await using run = await simulate(release, { input, agents });
    await run.untilWaitingFor('approve');
    await run.advance('3 days');
    await run.signal('approve', { by: 'Ada' });
    await run.toEnd();
    expect(run.outputs).toEqual({ published: true });
    expect(run.elapsedMs).toBe(3 * DAY_MS + 2 * HOUR_MS);
    expect(run.requests('publisher')[0]?.outputs).toMatchObject({ Approval: { approve: { by: 'Ada' } } });
  });

  test('a pause freezes the deadline', async () => {
    await using run = await simulate(release, { input, agents });
    await run.untilWaitingFor('approve');
    await run.advance('10 days');
    await run.pause();
    await run.advance('1 day');
    await run.resume();
    await run.toEnd();
    expect(run.events.map(({ type }) => type)).toContain('execution:resumed');
    expect(run.elapsedMs).toBeGreaterThanOrEqual(30 * DAY_MS + 2 * HOUR_MS);
  });

  test('abort and retry', async () => {
    await using run = await simulate(release, { input, agents });
    await run.abort('changed my mind');
    await run.toEnd();
    expect(run).toMatchObject({ status: 'aborted' });
    await expect(run.resume()).rejects.toMatchObject({ code: 'SIMULATION_REFUSED' });
  });

  test('a retry tries again what failed', async () => {
    let isUp = false;
    await using run = await simulate(release, {
      input,
      agents: {
        ...agents,
        writer: () => {
          if (!isUp) throw new Error('down');
          return { draft: 'late' };
        },
      },
      signals: [{ name: 'approve', by: 'writer', payload: true }],
    });
    expect(run.status).toBe('failed');
    isUp = true;
    await run.retry();
    await run.toEnd();
    expect(run.outputs).toEqual({ published: true });
    expect(run.attempts('draft').map(({ outcome }) => outcome)).toEqual(['failed', 'succeeded']);
  });

  test('a forged report changes nothing, and says why', async () => {
    await using run = await simulate(release, { input, agents });
    const data = { step: 'draft', attempt: 1, fence: 2, token: 'guessed', output: { draft: 'forged' } };
    const told = await run.append({ type: 'step.succeeded', source: 'agent.writer', data });
    expect(told.refusal).toBe('stale');
    await run.untilPhase('Draft');
    expect(run.report().refused).toEqual({ stale: 1 });
    expect(run.report().phases[0]?.steps[0]?.output).toEqual({ draft: 'All is well.' });
  });

  test('a restart loses what was at work, and nothing that was accepted', async () => {
    await using run = await simulate(release, { input, agents });
    await run.advance('1h');
    await run.restart();
    await run.untilWaitingFor('approve');
    expect(run.elapsedMs).toBe(3 * HOUR_MS);
    await run.advance('1 day');
    await run.restart();
    await run.signal('approve');
    await run.toEnd();
    expect(run.attempts().map(({ step, outcome }) => `${step} ${outcome}`)).toEqual([
      'draft expired',
      'draft succeeded',
      'publish succeeded',
    ]);
  });
});

describe('scripted signals', () => {
  test.each([
    [{ name: 'approve', after: '5 days' }, 5 * DAY_MS],
    [{ name: 'approve' }, 2 * HOUR_MS],
    [{ name: 'approve', after: { phase: 'Draft', delay: '1 day' } }, DAY_MS + 2 * HOUR_MS],
    [{ name: 'approve', after: { phase: 'Approval', event: 'running' as const } }, 2 * HOUR_MS],
    [{ name: 'approve', by: 'writer', after: '1h' }, 3 * HOUR_MS],
  ])('%j', async (signal, elapsedMs) => {
    await using run = await simulate(release, { input, agents, signals: [signal] });
    await run.toEnd();
    expect(run.outputs).toEqual({ published: true });
    expect(run.elapsedMs).toBe(elapsedMs);
  });
});

describe('looking', () => {
  test('result, report, usage and requests', async () => {
    await using run = await simulate(release, { input, agents, signals: [{ name: 'approve' }], id: 'r1' });
    await run.toEnd();
    expect(await run.result()).toMatchObject({
      execution: 'r1',
      published: true,
      usage: { tokens: 100, usd: 0.01 },
    });
    expect(run.requests().map(({ agent }) => agent)).toEqual(['writer', 'publisher']);
    expect(run.requests('writer')[0]?.instructions).toBe('Write news');
    expect(run.order).toEqual(['draft', 'approve', 'publish']);
    expect(run.ranBefore('draft', 'publish')).toBe(true);
    expect(run.ranBefore('publish', 'draft')).toBe(false);
  });

  test('the trace is one line a record, without ids', async () => {
    await using run = await simulate(release, {
      input,
      agents,
      signals: [{ name: 'approve', payload: { by: 'Ada' } }],
    });
    await run.toEnd();
    expect(run.trace()).toBe(
      [
        '+0ms control execution.started release 1.0.0 {"title":"news"}',
        '+0ms engine step.claimed draft #1 by writer',
        '+0ms control signal.sent approve {"by":"Ada"}',
        '+2h agent.writer step.succeeded draft #1 {"draft":"All is well."}',
        '+2h engine step.claimed publish #1 by publisher',
        '+2h agent.publisher step.succeeded publish #1 {"published":true}',
      ].join('\n'),
    );
  });

  test('an attempt that its deadline ended says so', async () => {
    const slow = defineTask({
      name: 'slow',
      version: '1.0.0',
      phases: [
        {
          name: 'P',
          steps: [{ agent: 'a', id: 's', timeout: '1m', retry: { maxAttempts: 2, backoffMs: 1000 } }],
        },
      ],
    });
    await using run = await simulate(slow, { agents: { a: { adversary: 'stall' } } });
    await run.toEnd();
    expect(run.attempts('s').map(({ outcome, error }) => [outcome, error?.class])).toEqual([
      ['released', 'timeout'],
      ['released', 'timeout'],
    ]);
  });
});

describe('determinism', () => {
  const drawn: SimulateOptions = {
    input,
    agents: {
      writer: { latency: { logNormal: { median: '1h', p95: '5h' } }, failures: { crash: 0.1 } },
      archivist: async (_, { random, sleep }) => {
        await sleep(1000 * random());
        return { shelved: random() };
      },
    },
  };

  test('the same seed gives the same trace, beside others and after them', async () => {
    const traceOf = async (seed: number): Promise<string> => {
      await using run = await simulate(release, { ...drawn, seed });
      await run.toEnd();
      return run.trace();
    };
    const [first, second, other] = await Promise.all([traceOf(7), traceOf(7), traceOf(8)]);
    expect(second).toBe(first);
    expect(other).not.toBe(first);
    expect(await traceOf(7)).toBe(first);
  });

  test('in another process as well', async () => {
    const program = `
      import { simulate } from ${JSON.stringify(new URL('../../src/testing.ts', import.meta.url).href)};
      const run = await simulate(${JSON.stringify(release)}, { input: { title: 'news' }, seed: 3, agents: {
        writer: { latency: { logNormal: { median: '1h', p95: '5h' } }, failures: { crash: 0.5 } } } });
      await run.toEnd();
      console.log(run.trace());`;
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '--eval', program],
      { cwd: temporaryFolder() },
    );
    await using run = await simulate(release, {
      input,
      seed: 3,
      agents: {
        writer: { latency: { logNormal: { median: '1h', p95: '5h' } }, failures: { crash: 0.5 } },
      },
    });
    await run.toEnd();
    expect(stdout.trimEnd()).toBe(run.trace());
  });
});

describe('replay', () => {
  test('a past run comes back: outcomes, times, usage, signals', async () => {
    const agentsThen: SimulateOptions['agents'] = {
      ...agents,
      writer: [
        {
          when: { attempt: 1 },
          fail: { class: 'rate-limit', message: 'slow', retryAfterMs: 5000 },
          latency: '10m',
        },
        { output: { draft: 'second' }, latency: '1h', usage: { tokens: 5 } },
      ],
    };
    const retried = { ...release, retry: { maxAttempts: 3, backoffMs: 1000 } };
    await using then = await simulate(retried, {
      input,
      agents: agentsThen,
      signals: [{ name: 'approve', after: '2 days', payload: { by: 'Ada' } }],
    });
    await then.toEnd();
    const log = then.records().map(({ record }) => record);
    const replay = replayAgent(log);
    await using now = await simulate(retried, {
      input,
      agents: { writer: replay, publisher: replayAgent(log, 'publisher') },
      signals: replaySignals(log),
    });
    await now.toEnd();
    expect(now.trace()).toBe(then.trace());
    expect(now.report().usage).toEqual(then.report().usage);
  });

  test('a step that the log does not know is said', async () => {
    await using run = await simulate(release, { input, agents: { writer: replayAgent([]) } });
    expect(run.report().error?.message).toContain('the log knows nothing that writer did in step draft');
  });
});

describe('what is given', () => {
  test('an input that does not fit is refused', async () => {
    await expect(simulate(release, { agents })).rejects.toMatchObject({ code: 'INPUT_INVALID' });
  });

  test('a task that is not there is named', async () => {
    await expect(simulate('tasks/nowhere.md')).rejects.toMatchObject({ code: 'TASK_UNKNOWN' });
  });

  test('a time that is none is refused', async () => {
    await expect(simulate(release, { input, startAt: 'soon' })).rejects.toMatchObject({
      code: 'SIMULATION_OPTION_INVALID',
    });
  });

  test('begins when it is told', async () => {
    await using run = await simulate(release, { input, agents, startAt: '2026-03-01T12:00:00Z' });
    expect(run.report().startedAt).toBe('2026-03-01T12:00:00.000Z');
  });

  test('a role without a script gives an example that fits its schema, after the estimate', async () => {
    const task = defineTask({
      name: 't',
      version: '1.0.0',
      phases: [
        {
          name: 'P',
          estimate: '10m',
          steps: [
            {
              agent: 'a',
              id: 's',
              outputSchema: {
                type: 'object',
                required: ['n', 'list'],
                properties: {
                  n: { type: 'integer', minimum: 3 },
                  list: { type: 'array', items: { enum: ['x', 'y'] } },
                  when: { type: 'string', format: 'date' },
                },
              },
            },
          ],
        },
      ],
    });
    await using run = await simulate(task);
    await run.toEnd();
    expect(run.elapsedMs).toBe(600_000);
    expect(run.report().phases[0]?.steps[0]?.output).toEqual({ n: 3, list: ['x'], when: '2020-01-01' });
  });

  test('step kinds and aggregates of a program', async () => {
    const task = defineTask({
      name: 't',
      version: '1.0.0',
      phases: [
        { name: 'P', steps: [{ agent: 'a', id: 's', text: 'x' }, 'aggregate: longest'] },
        { name: 'Q', dependsOn: ['P'], steps: ['shout: loud'], outputs: [] },
      ],
    });
    await using run = await simulate(task, {
      strategies: { shout: ({ text }) => text.toUpperCase() },
      aggregates: { longest: (items) => ({ count: items.length }) },
    });
    await run.toEnd();
    expect(run.status).toBe('completed');
    expect(run.report().phases[1]?.steps[0]?.output).toBe('LOUD');
  });

  test('the tasks that ship run as they are', async () => {
    await using run = await simulate('daily-market-analysis', {
      input: { question: 'How much could I lose?' },
      agents: {
        'desk-coordinator': (request) => {
          const example = exampleOutput(request) as { selection: readonly object[] };
          const analysts = ['trend-analyst', 'volatility-analyst', 'volume-analyst'];
          return {
            ...example,
            selection: analysts.map((agent) => ({ ...example.selection[0], agent, months: 3 })),
          };
        },
      },
    });
    await run.toEnd();
    expect(run.status).toBe('completed');
    expect(run.requests('trend-analyst')).toHaveLength(1);
  });
});

type Run = Awaited<ReturnType<typeof simulate>>;
const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;
