import { describe, expect, it } from 'vitest';
import { agentStep, phase, task, wait } from '../fixtures/executions/definitions.ts';
import { ScriptedWorld } from '../fixtures/executions/scripted-world.ts';

function waiting(extra: Parameters<typeof wait>[2] = {}): ScriptedWorld {
  return new ScriptedWorld(task([phase('work', [wait('w', 'go', extra)])]));
}

describe('a signal', () => {
  it('ends the wait for it with its payload', () => {
    const world = waiting();
    expect(world.awaited()).toEqual(['go']);
    world.signal('go', { by: 'a person' });
    expect(world.fold.status).toBe('completed');
    expect(world.fold.world.ledger.outputs).toEqual({ w: { by: 'a person' } });
  });

  it('without a payload gives null', () => {
    const world = waiting();
    world.append('control', 'signal.sent', { name: 'go' });
    expect(world.fold.world.ledger.outputs).toEqual({ w: null });
  });

  it('that comes early is kept, and taken when the wait begins', () => {
    const world = new ScriptedWorld(task([phase('work', [agentStep('a'), wait('w')])]));
    world.signal('go', 'early');
    world.restore();
    world.succeed(world.claim());
    expect(world.fold.status).toBe('completed');
    expect(world.fold.world.ledger.outputs).toMatchObject({ w: 'early' });
    expect(world.fold.world.ledger.signals.size).toBe(0);
  });

  it('that comes early is taken once: the oldest by the first wait', () => {
    const waits = [agentStep('a'), wait('first'), wait('second'), wait('third')];
    const world = new ScriptedWorld(task([phase('work', waits)]));
    world.signal('go', 1);
    world.append('control', 'signal.sent', { name: 'go' });
    world.succeed(world.claim());
    expect(world.stepState('third')).toBe('waiting');
    world.signal('go', 3);
    expect(world.fold.world.ledger.outputs).toMatchObject({ first: 1, second: null, third: 3 });
  });

  it('that comes early and does not fit is passed over', () => {
    const steps = [agentStep('a'), wait('w', 'go', { schema: { type: 'string' } })];
    const world = new ScriptedWorld(task([phase('work', steps)]));
    world.signal('go', 5);
    world.signal('go', 'fits');
    world.succeed(world.claim());
    expect(world.fold.world.ledger.outputs).toMatchObject({ w: 'fits' });
    expect(world.fold.world.ledger.signals.get('go')).toEqual([5]);
  });

  it('that comes too late does not undo the timeout', () => {
    const world = waiting({ timeoutMs: 100 });
    world.fireNext();
    expect(world.signal('go')).toEqual({ accepted: false, reason: 'not-accepted-now' });
    expect(world.fold.error).toMatchObject({
      code: 'PHASE_FAILED',
      message: 'No signal "go" came within 100 ms.',
      step: 'w',
    });
  });

  it('of another name is kept and ends nothing', () => {
    const world = waiting();
    world.signal('stop', 1);
    expect(world.stepState('w')).toBe('waiting');
    expect(world.fold.world.ledger.signals.get('stop')).toEqual([1]);
  });

  it('reaches every wait for it', () => {
    const phases = [
      phase('one', [wait('w1')]),
      phase('two', [wait('w2')]),
      phase('three', [wait('w3', 'stop')]),
    ];
    const world = new ScriptedWorld(task(phases));
    world.signal('go', 'all');
    expect(['w1', 'w2', 'w3'].map((step) => world.stepState(step))).toEqual([
      'succeeded',
      'succeeded',
      'waiting',
    ]);
  });

  it('ends the waits in one order, restored or not, so that the same phases go on', () => {
    // The wait of `b` begins before that of `a`; which of `a1`, `a2` and `b1` fit in depends on whose end comes first.
    const definition = task(
      [
        phase('a', [agentStep('g'), wait('wa')]),
        phase('b', [wait('wb')]),
        phase('a1', [agentStep('a1')], { dependsOn: ['a'] }),
        phase('a2', [agentStep('a2')], { dependsOn: ['a'] }),
        phase('b1', [agentStep('b1')], { dependsOn: ['b'] }),
      ],
      { concurrency: { phases: 2 } },
    );
    const play = (restores: boolean) => {
      const world = new ScriptedWorld(definition);
      world.succeed(world.claim('g'));
      if (restores) world.restore();
      world.signal('go');
      return { offered: world.owedOf('offer').map(({ step }) => step), hash: world.fold.hash() };
    };
    expect(play(true)).toEqual(play(false));
    expect(play(false).offered).toHaveLength(2);
  });

  it('is taken although the execution is paused', () => {
    const world = waiting();
    world.control('pause');
    expect(world.signal('go').accepted).toBe(true);
    world.control('resume');
    expect(world.fold.status).toBe('completed');
  });
});
