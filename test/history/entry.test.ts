import { describe, expect, test } from 'vitest';
import { entryOf } from '../../src/history/entry.ts';
import {
  agentStep,
  agentSteps,
  approval,
  consensus,
  phase,
  retry,
  task,
  wait,
} from '../fixtures/executions/definitions.ts';
import { ScriptedWorld } from '../fixtures/executions/scripted-world.ts';

describe('the entry of an execution', () => {
  test('says what a completed one was and how long it took', () => {
    const world = new ScriptedWorld(task([phase('a', [agentStep('s')]), phase('b', [agentStep('t')])])).run();
    const [first] = world.log;
    const last = world.log.at(-1);
    expect(entryOf(world.fold)).toEqual({
      id: 'world',
      task: 'scripted',
      version: '1.0.0',
      status: 'completed',
      startedAt: first?.at,
      endedAt: last?.at,
      durationMs: (last?.at ?? 0) - (first?.at ?? 0),
      phases: { total: 2, running: 0, completed: 2, failed: 0, skipped: 0, cancelled: 0 },
      steps: { total: 2, done: 2 },
      usage: { tokens: 0, usd: 0, timeMs: expect.any(Number) },
      degraded: false,
      error: null,
      waitsFor: null,
      rerunOf: null,
      attention: 'ended',
      position: last?.position,
    });
  });

  test('counts phases by where they stand, those not begun only in the total', () => {
    const world = new ScriptedWorld(
      task([
        phase('skipped', [agentStep('s')], { when: 'false' }),
        phase('failed', [agentStep('bad')], { onFailure: 'continue' }),
        phase('running', [wait('w')]),
        phase('later', [agentStep('l')], { dependsOn: ['running'] }),
      ]),
      { agent: () => ({ kind: 'fail', class: 'fatal' }) },
    ).run();
    expect(entryOf(world.fold).phases).toEqual({
      total: 4,
      running: 1,
      completed: 0,
      failed: 1,
      skipped: 1,
      cancelled: 0,
    });
  });

  test('of a failed one says why', () => {
    const world = new ScriptedWorld(task([phase('a', [agentStep('s')])]), {
      agent: () => ({ kind: 'fail', class: 'fatal' }),
    }).run();
    const { status, error } = entryOf(world.fold);
    expect(status).toBe('failed');
    expect(error).toEqual({ code: expect.any(String), message: expect.stringContaining('scripted failure') });
  });

  test('is degraded when an agent failed in a phase that completed', () => {
    const world = new ScriptedWorld(task([phase('a', [agentStep('good'), agentStep('bad')])]), {
      agent: ({ step }) => (step === 'bad' ? { kind: 'fail', class: 'fatal' } : { kind: 'succeed' }),
    }).run();
    expect(entryOf(world.fold)).toMatchObject({ status: 'completed', degraded: true });
  });

  test('of one that is retried has no end again', () => {
    const world = new ScriptedWorld(task([phase('a', [agentStep('s')])]), {
      agent: () => ({ kind: 'fail', class: 'fatal' }),
    }).run();
    world.control('retry');
    expect(entryOf(world.fold)).toMatchObject({
      status: 'running',
      endedAt: null,
      durationMs: null,
      error: null,
    });
  });
});

describe('what an execution waits for', () => {
  test('is a signal, by name', () => {
    expect(waitsForIn(phase('a', [wait('w', 'approve')]))).toBe('the signal approve');
  });

  test('is a host for the roles that are offered', () => {
    const steps = [agentStep('s', { agent: 'quant' }), agentStep('t', { agent: 'chair' })];
    expect(waitsForIn(phase('a', steps))).toBe('a host that offers quant and chair');
  });

  test('names two and counts the rest', () => {
    const steps = agentSteps(5).map((step, at) => ({ ...step, agent: `role${at}` }));
    expect(waitsForIn(phase('a', steps))).toBe('a host that offers role0, role1 and 3 more');
  });

  test('is the agents at work', () => {
    const world = new ScriptedWorld(task([phase('a', [agentStep('s', { agent: 'quant' })])]));
    world.claim();
    expect(entryOf(world.fold).waitsFor).toBe('quant');
  });

  test('is another try while an agent backs off', () => {
    const world = new ScriptedWorld(
      task([phase('a', [agentStep('s', { agent: 'quant', retry: retry(2, 1_000) })])]),
    );
    world.fail(world.claim());
    expect(entryOf(world.fold).waitsFor).toBe('another try of quant');
  });

  test('is whoever is still at work while it is being paused, then a person', () => {
    const world = new ScriptedWorld(task([phase('a', [agentStep('s', { agent: 'quant' }), wait('w')])]));
    const claim = world.claim();
    world.control('pause');
    expect(entryOf(world.fold)).toMatchObject({ status: 'pausing', waitsFor: 'quant to finish' });
    world.succeed(claim);
    expect(entryOf(world.fold)).toMatchObject({ status: 'paused', waitsFor: 'being resumed' });
  });

  test('is nothing once it has ended', () => {
    const world = new ScriptedWorld(task([phase('a', [wait('w')])]));
    world.control('abort');
    expect(entryOf(world.fold)).toMatchObject({ status: 'aborted', waitsFor: null });
  });
});

describe('what an execution asks of whoever looks at a list', () => {
  test.each([
    ['nothing while agents work', phase('a', [agentStep('s')]), 'running'],
    ['a person to send a signal', phase('a', [wait('w')]), 'person'],
    ['a person to approve', phase('a', [approval('ok')]), 'person'],
    ['a person to vote', phase('a', [consensus('vote', ['person:alice'])]), 'person'],
  ])('%s', (_, only, attention) => {
    const world = new ScriptedWorld(task([only]));
    // The owner's own part: what is voted on and what is asked is looked at first.
    while (world.owedWork().some(({ kind }) => kind === 'evaluate')) world.evaluateNext();
    expect(entryOf(world.fold).attention).toBe(attention);
  });

  test('to be looked at, when it is paused', () => {
    const world = new ScriptedWorld(task([phase('a', [wait('w')])]));
    world.control('pause');
    expect(entryOf(world.fold)).toMatchObject({ status: 'paused', attention: 'still' });
    world.control('abort');
    expect(entryOf(world.fold)).toMatchObject({ status: 'aborted', attention: 'ended' });
  });
});

test('steps are counted as they end', () => {
  const world = new ScriptedWorld(
    task([phase('a', [agentStep('s')]), phase('b', [agentStep('t'), agentStep('u')], { dependsOn: ['a'] })]),
  );
  expect(entryOf(world.fold).steps).toEqual({ total: 3, done: 0 });
  world.succeed(world.claim());
  expect(entryOf(world.fold).steps).toEqual({ total: 3, done: 1 });
});

function waitsForIn(only: ReturnType<typeof phase>): string | null {
  return entryOf(new ScriptedWorld(task([only])).fold).waitsFor;
}
