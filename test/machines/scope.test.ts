import { describe, expect, it } from 'vitest';
import { outputsBefore, scopeOf } from '../../machines/scope.ts';
import { phaseOf, stepOf } from '../../machines/world.ts';
import { agentStep, agentSteps, phase, task } from '../fixtures/executions/definitions.ts';
import { ScriptedWorld } from '../fixtures/executions/scripted-world.ts';

function started() {
  const definition = task([
    phase('first', [agentStep('a', { agent: 'alice' })]),
    phase('beside', [agentStep('b', { agent: 'bob' })]),
    phase('second', [agentStep('c', { agent: 'carol' })], { dependsOn: ['first'] }),
    phase('third', agentSteps(2), { dependsOn: ['second'], parallel: false }),
  ]);
  const world = new ScriptedWorld(definition, { input: { amount: 3 } });
  for (const step of ['a', 'c', 's0']) world.succeed(world.claim(step), `${step} said`);
  return world.fold.world;
}

describe('the scope of expressions', () => {
  it('holds input, phases, outputs of those depended on, results, and the execution', () => {
    const world = started();
    expect(scopeOf(world, phaseOf(world, 'third'))).toEqual({
      input: { amount: 3 },
      phases: {
        first: { status: 'completed', outputs: { alice: 'a said' } },
        beside: { status: 'running', outputs: {} },
        second: { status: 'completed', outputs: { carol: 'c said' } },
        third: { status: 'running', outputs: {} },
      },
      outputs: { first: { alice: 'a said' }, second: { carol: 'c said' } },
      results: { worker: 's0 said' },
      execution: { id: 'world', task: 'scripted', version: '1.0.0' },
    });
  });

  it('holds only the results above a place', () => {
    const world = started();
    expect(scopeOf(world, phaseOf(world, 'third'), undefined, 0).results).toEqual({});
  });

  it('of the execution as a whole holds the outputs of all phases and no results', () => {
    const { outputs, results } = scopeOf(started());
    expect(outputs).toEqual({
      first: { alice: 'a said' },
      beside: {},
      second: { carol: 'c said' },
      third: {},
    });
    expect(results).toEqual({});
  });

  it('holds the item of a forEach, also one that is null', () => {
    const definition = task([phase('each', agentSteps(1), { forEach: 'input.items' })]);
    const run = new ScriptedWorld(definition, { input: { items: ['x', null] } });
    const { world } = run.fold;
    const each = phaseOf(world, 'each');
    expect(scopeOf(world, each, 0)).not.toHaveProperty('item');
    run.evaluateNext();
    expect([0, 1].map((item) => scopeOf(world, each, item).item)).toEqual(['x', null]);
    expect(scopeOf(world, each)).not.toHaveProperty('item');
    expect(scopeOf(world, undefined, 0)).not.toHaveProperty('item');
  });

  it('leaves out phases that have no outputs yet, and those nothing leads to', () => {
    const world = started();
    expect(outputsBefore(world, phaseOf(world, 'second'))).toEqual({ first: { alice: 'a said' } });
    expect(outputsBefore(world, phase('new', [], { dependsOn: ['beside', 'nowhere'] }))).toEqual({});
  });

  it('meets each phase once where paths join', () => {
    const world = started();
    const joined = phase('joined', [], { dependsOn: ['second', 'first', 'second'] });
    expect(Object.keys(outputsBefore(world, joined))).toEqual(['first', 'second']);
  });
});

describe('what is not in the definition', () => {
  it('is an error: the tree and the definition do not belong together', () => {
    const world = started();
    expect(() => phaseOf(world, 'nowhere')).toThrow('No phase named nowhere in scripted');
    expect(() => stepOf(world, 'nothing')).toThrow('No step nothing in scripted');
  });
});
