import { expect, test } from 'vitest';
import { changesSince, standingOf } from '../../src/engine/lifecycle.ts';
import { agentStep, phase, task, wait } from '../fixtures/executions/definitions.ts';
import { ScriptedWorld } from '../fixtures/executions/scripted-world.ts';

/** Types of the events of the execution itself that the records of `act` come to. */
function toldOf(world: ScriptedWorld, act: () => void): readonly string[] {
  const before = standingOf(world.fold);
  act();
  const record = world.log.at(-1) ?? expect.fail('nothing was recorded');
  const types = changesSince(before, world.fold, record).map(({ type }) => type);
  return types.filter((type) => type.startsWith('execution:'));
}

const undoable = agentStep('a', { effect: 'compensable', compensate: agentStep('undo-a') });

test('a rollback that begins from a pause is told as one, and going on with it as that', () => {
  const world = new ScriptedWorld(task([phase('work', [undoable, wait('w')])]));
  world.succeed(world.claim('a'));
  world.control('pause');
  expect(toldOf(world, () => world.rollback())).toEqual(['execution:rollback']);
  world.control('pause');
  expect(toldOf(world, () => world.control('resume'))).toEqual(['execution:resumed']);
});

test('a rollback that ends in the record that began it is told as well', () => {
  const world = new ScriptedWorld(task([phase('work', [wait('w')])]));
  expect(toldOf(world, () => world.rollback({ afterwards: 'continue' }))).toEqual([
    'execution:rollback',
    'execution:resumed',
  ]);
  expect(toldOf(world, () => world.rollback())).toEqual(['execution:rollback', 'execution:rolledback']);
});
