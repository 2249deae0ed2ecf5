import { describe, expect, test } from 'vitest';
import { matchers, type SimulationMatchers } from '../../src/simulation/matchers.ts';
import { simulate } from '../../src/simulation/simulate.ts';
import { defineTask } from '../../src/task/define.ts';

expect.extend(matchers);

declare module 'vitest' {
  interface Matchers<R extends void | Promise<void> = void | Promise<void>, T = unknown>
    extends SimulationMatchers<R> {}
}

const task = defineTask({
  name: 't',
  version: '1.0.0',
  retry: { maxAttempts: 2, backoffMs: 0 },
  phases: [
    {
      name: 'P',
      parallel: false,
      steps: [
        { agent: 'a', id: 'one', text: '' },
        { agent: 'b', id: 'two', text: '' },
      ],
    },
    { name: 'Q', dependsOn: ['P'], steps: [{ agent: 'c', id: 'three', text: '' }], outputs: ['verdict'] },
  ],
});

const agents = {
  a: [
    { when: { attempt: 1 }, fail: { message: 'tired' }, latency: '1s' },
    { output: 1, latency: '1s' },
  ],
  b: () => 2,
  c: () => ({ verdict: { stance: 'hold', score: 0.5 } }),
};

async function completed() {
  const run = await simulate(task, { agents });
  await run.toEnd();
  return run;
}

async function failed() {
  const run = await simulate(task, {
    agents: { ...agents, c: [{ fail: { class: 'fatal', message: 'no verdict' } }] },
  });
  await run.toEnd();
  return run;
}

const messageOf = (assert: () => unknown): string => {
  try {
    assert();
  } catch (error) {
    return (error as Error).message;
  }
  return 'passed';
};

describe('matchers', () => {
  test('hold for what happened', async () => {
    const run = await completed();
    expect(run).toHaveCompleted();
    expect(run).toHaveOutput('verdict');
    expect(run).toHaveOutput('verdict', { stance: 'hold', score: 0.5 });
    expect(run).toHaveOutput('verdict', expect.objectContaining({ stance: 'hold' }));
    expect(run).toHaveRun('one', { times: 2 });
    expect(run).toHaveRun('three');
    expect(run).toHaveRunBefore('one', 'two');
    expect(run).toHaveTaken('2s');
    expect(run).toHaveTaken({ atLeast: 1000, atMost: '3s' });
    expect(run).toHaveEmitted('phase:complete', { phase: 'P', duration: 2000 });
    expect(run).toHaveEmitted('step:failed', { error: expect.objectContaining({ class: 'crash' }) });
    expect(run).not.toHaveFailedWith('PHASE_FAILED');
    expect(run).not.toHaveRunBefore('two', 'one');
    const other = await failed();
    expect(other).toHaveFailedWith('PHASE_FAILED');
    expect(other).toHaveFailedWith(/no verdict/);
    expect(other).not.toHaveCompleted();
  });

  test('say what was found instead', async () => {
    const run = await completed();
    const other = await failed();
    expect([
      messageOf(() => expect(other).toHaveCompleted()),
      messageOf(() => expect(run).not.toHaveCompleted()),
      messageOf(() => expect(run).toHaveFailedWith('PHASE_FAILED')),
      messageOf(() => expect(run).toHaveOutput('verdict', 1)),
      messageOf(() => expect(run).toHaveOutput('other')),
      messageOf(() => expect(run).toHaveRun('one', { times: 1 })),
      messageOf(() => expect(run).toHaveRunBefore('two', 'one')),
      messageOf(() => expect(run).toHaveTaken({ atMost: '1s' })),
      messageOf(() => expect(run).toHaveEmitted('phase:failed')),
      messageOf(() => expect(run).toHaveEmitted('execution:complete', { duration: 1 })),
    ]).toMatchInlineSnapshot(`
      [
        "expected simulation to have completed, and it is failed (PHASE_FAILED: Phase Q needs 1 of 1 agent steps to succeed, and 1 failed (three: no verdict).)",
        "expected simulation not to have completed, and it is completed",
        "expected simulation to have failed with PHASE_FAILED, and it is completed",
        "expected simulation to have the output 'verdict': 1, and it is {"stance":"hold","score":0.5}",
        "expected simulation to have an output 'other', and its outputs are verdict; it is completed",
        "expected simulation to have run one once, and it ran 2 times
        attempt 1: failed (crash: tired)
        attempt 2: succeeded",
        "expected simulation to have run two before one began, and steps succeeded in this order: one, two, three",
        "expected simulation to have taken at most 1s, and it took 2s",
        "expected simulation to have emitted phase:failed, and it emitted execution:start, phase:start, step:start, step:failed, step:complete, phase:complete, execution:complete",
        "expected simulation to have emitted execution:complete with {"duration":1}, and it emitted
        {"type":"execution:complete","id":"simulation","task":"t","at":1577836802000,"position":10,"duration":2000,"outputs":{"verdict":{"stance":"hold","score":0.5}}}",
      ]
    `);
  });

  test('say what they are about', () => {
    expect(messageOf(() => expect(Promise.resolve()).toHaveCompleted())).toContain('Was it awaited?');
  });

  test('work without a framework', async () => {
    const run = await completed();
    expect(matchers.toHaveOutput.call(undefined, run, 'verdict', { stance: 'hold', score: 0.5 }).pass).toBe(
      true,
    );
  });
});
