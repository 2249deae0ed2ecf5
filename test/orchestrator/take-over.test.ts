import { expect, test } from 'vitest';
import { agentStep, phase, task } from '../engine/open-world.ts';
import { Cluster } from './cluster.ts';

const definition = task([
  phase('plan', [agentStep('plan')]),
  phase('each', [agentStep('item')], { dependsOn: ['plan'], forEach: 'input.items' }),
]);

test('who takes over carries out what is owed at the end of the log, nothing that was owed on the way', async () => {
  const cluster = new Cluster();
  const { member } = await cluster.orchestrator('first', { ownerLeaseMs: 1_000 });
  cluster.host('h', {
    worker: ({ step }) => (step === 'item_2' ? new Promise(() => undefined) : { did: step }),
  });
  await cluster.submit('e1', definition, { items: [1] });
  await cluster.submit('e5', definition, { items: [1, 2, 3] });
  await cluster.settle();
  expect((await cluster.fold('e1'))?.status).toBe('completed');
  expect((await cluster.fold('e5'))?.claims()).toMatchObject([{ step: 'item_2' }]);
  const before = [await cluster.records('e1'), await cluster.records('e5')];

  await member.die();
  await cluster.orchestrator('second', { ownerLeaseMs: 1_000 });
  await cluster.advance(5_000);
  expect([await cluster.records('e1'), await cluster.records('e5')]).toEqual(before);
});
