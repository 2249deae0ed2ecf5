import { describe, expect, it } from 'vitest';
import type { TaskDefinition } from '../../src/task/definition.ts';
import { agentStep, agentSteps, phase, retry, task, wait } from '../fixtures/executions/definitions.ts';
import { type Agent, ScriptedWorld } from '../fixtures/executions/scripted-world.ts';

const offered = (world: ScriptedWorld) => world.owedOf('offer').map(({ step }) => step);

/** Fails the named steps at their first attempt and counts all attempts. */
function failingFirst(...steps: readonly string[]): { agent: Agent; attempts: Map<string, number> } {
  const attempts = new Map<string, number>();
  const agent: Agent = ({ step }) => {
    attempts.set(step, (attempts.get(step) ?? 0) + 1);
    const fails = steps.includes(step) && attempts.get(step) === 1;
    return fails
      ? { kind: 'fail', class: 'fatal' }
      : { kind: 'succeed', output: { [step]: attempts.get(step) ?? 0 } };
  };
  return { agent, attempts };
}

describe('an execution', () => {
  it('completes with the outputs of the phases nobody depends on', () => {
    const phases = [
      phase('first', [agentStep('a')]),
      phase('left', [agentStep('b', { agent: 'left' })], { dependsOn: ['first'] }),
      phase('right', [agentStep('c', { agent: 'right' })], { dependsOn: ['first'] }),
    ];
    const world = new ScriptedWorld(task(phases)).run();
    expect(world.fold.status).toBe('completed');
    expect(world.fold.context.endedAt).toBe(world.fold.world.now);
    expect(world.fold.world.ledger.outputs).toEqual({ left: { by: 'b' }, right: { by: 'c' } });
  });

  it.each([
    ['missing', [{ name: 'gone' }], 'The task lists the output "gone", but no step has it.'],
    ['not to be worked out', [{ name: 'lost', expression: 'throws' }], 'scripted: cannot be evaluated'],
  ] as const)('fails when its own outputs are %s', (_, outputs, message) => {
    const world = new ScriptedWorld(task([phase('work', agentSteps(1))], { outputs: [...outputs] })).run();
    expect(world.fold.error).toEqual({ code: 'OUTPUT_MISSING', message });
    expect(world.fold.status).toBe('failed');
    expect(world.control('retry').accepted).toBe(true);
    world.run();
    expect(world.fold.status).toBe('failed');
  });

  it('fails with its first failed phase, and cancels the others', () => {
    const phases = [phase('bad', [agentStep('a')]), phase('other', agentSteps(2))];
    const world = new ScriptedWorld(task(phases));
    const claim = world.claim('s0');
    world.fail(world.claim('a'));
    expect(world.fold.status).toBe('failed');
    expect(world.fold.context.phases).toEqual({ bad: 'failed', other: 'cancelled' });
    expect(world.owedWork()).toMatchObject([{ kind: 'cancel', step: 's0' }]);
    world.succeed(claim, 'too late');
    expect(world.stepState('s0')).toBe('cancelled');
    expect(world.owedWork()).toEqual([]);
  });

  it('goes on without a phase that may fail, by the word of the phase or of the task', () => {
    const definitions: readonly TaskDefinition[] = [
      task([
        phase('bad', [agentStep('a')], { onFailure: 'continue' }),
        phase('next', [agentStep('b')], { dependsOn: ['bad'] }),
      ]),
      task([phase('bad', [agentStep('a')]), phase('next', [agentStep('b')], { dependsOn: ['bad'] })], {
        onFailure: 'continue',
      }),
    ];
    for (const definition of definitions) {
      const world = new ScriptedWorld(definition, { agent: failingFirst('a').agent }).run();
      expect(world.fold.status).toBe('completed');
      expect(world.fold.context.phases).toEqual({ bad: 'failed', next: 'completed' });
    }
  });

  it("takes the phase's word before the task's", () => {
    const bad = phase('bad', [agentStep('a')], { onFailure: 'fail' });
    const world = new ScriptedWorld(task([bad], { onFailure: 'continue' }), {
      agent: failingFirst('a').agent,
    });
    expect(world.run().fold.status).toBe('failed');
  });

  it('times out as a whole', () => {
    const world = new ScriptedWorld(task([phase('work', agentSteps(2))], { maxExecutionTimeMs: 5_000 }));
    const startedAt = world.fold.world.now;
    world.claim('s0');
    expect(world.owedOf('timer')).toEqual([
      { kind: 'timer', id: `execution/0/${startedAt + 5_000}`, dueAt: startedAt + 5_000 },
    ]);
    world.fireOf('execution/');
    expect(world.fold.status).toBe('timedOut');
    expect(world.fold.error).toEqual({
      code: 'EXECUTION_TIMED_OUT',
      message: 'The execution took longer than maxExecutionTime, 5000 ms.',
    });
    expect(world.owedWork()).toMatchObject([{ kind: 'cancel', step: 's0' }]);
  });

  it('is aborted with the reason given, and cannot be tried again', () => {
    const world = new ScriptedWorld(task([phase('work', agentSteps(1))]));
    world.claim();
    world.control('abort', 'changed my mind');
    expect(world.fold.status).toBe('aborted');
    expect(world.fold.context.reason).toBe('changed my mind');
    expect(world.control('retry').accepted).toBe(false);
    expect(world.control('abort').accepted).toBe(false);
  });
});

describe('retry', () => {
  it('runs only what did not succeed', () => {
    const { agent, attempts } = failingFirst('b', 'd');
    const phases = [
      phase('first', [agentStep('a')]),
      phase('second', [agentStep('b'), agentStep('c')], { dependsOn: ['first'], minSuccess: 'all' }),
      phase('third', [agentStep('d'), agentStep('e')], { dependsOn: ['second'], minSuccess: 'all' }),
      phase('fourth', [agentStep('f')], { dependsOn: ['third'] }),
    ];
    const world = new ScriptedWorld(task(phases), { agent }).run();
    expect(world.fold.error?.phase).toBe('second');
    world.control('retry');
    expect(world.fold.context).toMatchObject({ error: undefined, endedAt: undefined, retries: 1 });
    expect(offered(world)).toEqual(['b']);
    world.run();
    expect(world.fold.error?.phase).toBe('third');
    world.control('retry');
    world.run();
    expect(world.fold.status).toBe('completed');
    expect(Object.fromEntries(attempts)).toEqual({ a: 1, b: 2, c: 1, d: 2, e: 1, f: 1 });
    expect(world.foldAgain().hash()).toBe(world.fold.hash());
  });

  it('waits for what still drains before it offers it again', () => {
    const phases = [phase('bad', [agentStep('a')]), phase('slow', [agentStep('b')])];
    const world = new ScriptedWorld(task(phases));
    const claim = world.claim('b');
    world.fail(world.claim('a'));
    world.control('retry');
    expect(offered(world)).toEqual(['a']);
    expect(world.phaseState('slow')).toBe('draining');
    expect(world.owedOf('cancel')).toMatchObject([{ step: 'b' }]);
    world.release(claim);
    expect(offered(world)).toEqual(['a', 'b']);
  });

  it('starts the deadline of the whole anew', () => {
    const world = new ScriptedWorld(task([phase('work', agentSteps(1))], { maxExecutionTimeMs: 5_000 }));
    world.fireOf('execution/');
    world.advance(60_000);
    expect(world.control('retry').accepted).toBe(true);
    expect(world.fold.status).toBe('running');
    const { now } = world.fold.world;
    expect(world.owedOf('timer')).toEqual([
      { kind: 'timer', id: `execution/1/${now + 5_000}`, dueAt: now + 5_000 },
    ]);
    world.run();
    expect(world.fold.status).toBe('completed');
  });

  it('keeps to the number of phases at once', () => {
    const phases = ['one', 'two', 'three'].map((name) =>
      phase(name, [agentStep(name)], { onFailure: 'continue' }),
    );
    const last = phase('last', [agentStep('z')]);
    const { agent } = failingFirst('one', 'two', 'three', 'z');
    const world = new ScriptedWorld(task([...phases, last], { concurrency: { phases: 1 } }), { agent }).run();
    expect(world.fold.context.phases).toEqual({
      one: 'failed',
      two: 'failed',
      three: 'failed',
      last: 'failed',
    });
    world.control('retry');
    for (const name of ['one', 'two', 'three', 'z']) {
      expect(offered(world)).toEqual([name]);
      world.succeed(world.claim());
    }
    expect(world.fold.status).toBe('completed');
  });

  it('lets a phase wait for those it depends on, though they had been allowed to fail', () => {
    const phases = [
      phase('first', [agentStep('a')], { onFailure: 'continue' }),
      phase('second', [agentStep('b')], { dependsOn: ['first'] }),
    ];
    const world = new ScriptedWorld(task(phases), { agent: failingFirst('a', 'b').agent }).run();
    expect(world.fold.status).toBe('failed');
    world.control('retry');
    expect(offered(world)).toEqual(['a']);
    world.succeed(world.claim());
    expect(offered(world)).toEqual(['b']);
  });

  it('leaves phases that did not get their turn as they ended before', () => {
    const phases = [
      phase('one', [agentStep('a')]),
      phase('two', [agentStep('b')]),
      phase('three', [wait('w')]),
    ];
    const world = new ScriptedWorld(task(phases, { concurrency: { phases: 1 }, onFailure: 'fail' }));
    world.fail(world.claim('a'));
    expect(world.fold.context.phases).toEqual({ one: 'failed', two: 'cancelled', three: 'cancelled' });
    world.control('retry');
    expect(world.fold.context.phases).toEqual({ one: 'admitted', two: 'waiting', three: 'waiting' });
    world.control('abort');
    expect(world.fold.context.phases).toEqual({ one: 'cancelled', two: 'cancelled', three: 'cancelled' });
  });

  it('asks again what could not be decided', () => {
    let known = false;
    const rules = {
      evaluate: () => {
        if (known) return true;
        throw new Error('not known yet');
      },
      misfits: () => [],
    };
    const world = new ScriptedWorld(task([phase('work', agentSteps(1), { when: 'known' })]), { rules });
    expect(world.fold.status).toBe('failed');
    known = true;
    world.control('retry');
    expect(offered(world)).toEqual(['s0']);
  });

  it('goes on with the numbers of the tries of a phase', () => {
    const world = new ScriptedWorld(task([phase('work', agentSteps(1), { retry: retry(2) })]));
    world.fail(world.claim());
    world.fail(world.claim());
    expect(world.fold.status).toBe('failed');
    world.control('retry');
    expect(world.owedOf('offer')).toMatchObject([{ attempt: 3 }]);
    world.succeed(world.claim());
    expect(world.fold.world.ledger.phases.get('work')?.summary).toMatchObject({
      status: 'completed',
      tries: 3,
    });
  });
});

describe('the budget', () => {
  it.each([
    [{ usd: 1 }, { usd: 1.5 }, 'Agents spent 1.5 USD; the budget is 1.'],
    [{ tokens: 100 }, { tokens: 101 }, 'Agents used 101 tokens; the budget is 100.'],
    [{ timeMs: 500 }, {}, 'Agents worked 1001 ms; the budget is 500 ms.'],
  ])('%j ends the execution when it is passed', (budget, usage, message) => {
    const world = new ScriptedWorld(task([phase('work', agentSteps(2))], { budget }));
    const claim = world.claim();
    world.advance(1_000);
    world.succeed(claim, 'done', usage);
    expect(world.fold.error).toEqual({ code: 'BUDGET_EXCEEDED', message });
    expect(world.fold.status).toBe('failed');
    expect(world.stepState('s1')).toBe('cancelled');
  });

  it('may be used up to the last', () => {
    const world = new ScriptedWorld(
      task([phase('work', agentSteps(1))], { budget: { usd: 1, tokens: 5, timeMs: 1 } }),
    );
    world.succeed(world.claim(), 'done', { usd: 1, tokens: 5 });
    expect(world.fold.status).toBe('completed');
  });

  it('counts failed attempts too', () => {
    const steps = [agentStep('a', { retry: retry(9) })];
    const agent: Agent = () => ({ kind: 'fail', usage: { usd: 1 } });
    const world = new ScriptedWorld(task([phase('work', steps)], { budget: { usd: 2 } }), { agent }).run();
    expect(world.fold.error?.code).toBe('BUDGET_EXCEEDED');
    expect(world.fold.world.ledger.usage.usd).toBe(3);
  });

  it('that is passed stays passed when it is tried again', () => {
    const world = new ScriptedWorld(task([phase('work', agentSteps(2))], { budget: { usd: 1 } }));
    world.succeed(world.claim(), 'done', { usd: 2 });
    expect(world.control('retry').accepted).toBe(true);
    expect(world.fold.status).toBe('failed');
    expect(world.fold.error?.code).toBe('BUDGET_EXCEEDED');
  });
});

describe('a checkpoint', () => {
  it('names the position at which its phase completed, or a person asked for it', () => {
    const phases = [
      phase('plain', [agentStep('a')], { checkpoint: true }),
      phase('named', [agentStep('b')], { dependsOn: ['plain'], checkpoint: 'half-way' }),
      phase('none', [agentStep('c')], { dependsOn: ['named'], checkpoint: false }),
      phase('skipped', [agentStep('d')], { dependsOn: ['named'], checkpoint: true, when: 'false' }),
    ];
    const world = new ScriptedWorld(task(phases));
    const positions = ['a', 'b'].map((step) => {
      world.succeed(world.claim(step));
      return world.log.at(-1);
    });
    world.append('control', 'checkpoint.requested', { name: 'by hand' });
    const asked = world.log.at(-1);
    world.run();
    expect(world.fold.context.checkpoints).toEqual([
      { name: 'plain', phase: 'plain', position: positions[0]?.position, at: positions[0]?.at },
      { name: 'half-way', phase: 'named', position: positions[1]?.position, at: positions[1]?.at },
      { name: 'by hand', position: asked?.position, at: asked?.at },
    ]);
  });
});
