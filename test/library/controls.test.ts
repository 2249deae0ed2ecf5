import { expect, test } from 'vitest';
import { assertPossible } from '../../src/library/controls.ts';
import { agentStep, consensus, phase, task, wait } from '../fixtures/executions/definitions.ts';
import { ScriptedWorld } from '../fixtures/executions/scripted-world.ts';

function complete(world: ScriptedWorld, step: string): void {
  assertPossible(world.fold, { kind: 'complete', step, output: 'done', by: 'alice' });
}

test('a compensation can be completed by hand', () => {
  const undoable = agentStep('a', { effect: 'compensable', compensate: agentStep('undo-a') });
  const world = new ScriptedWorld(task([phase('work', [undoable, wait('w')])]));
  world.succeed(world.claim('a'));
  world.rollback();
  complete(world, 'undo-a');
  expect(world.complete('undo-a')).toEqual({ accepted: true });
  expect(world.fold.status).toBe('rolledBack');
});

test('neither a vote nor a ballot can be completed by hand', () => {
  const world = new ScriptedWorld(task([phase('work', [consensus('ship', ['a'])])]));
  for (const step of ['ship', 'ship-a_1']) expect(() => complete(world, step)).toThrow('it is a vote');
});
