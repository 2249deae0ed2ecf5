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

test('a claim for an execution that has ended is refused without a record', async () => {
  const cluster = new Cluster();
  await cluster.orchestrator('first');
  cluster.host('h', { worker: ({ step }) => ({ did: step }) });
  await cluster.submit('e1', definition, { items: [1] });
  const before = await cluster.records('e1');
  const late = { execution: 'e1', step: 'plan', attempt: 1, role: 'worker', claimId: 'late', host: 'other' };
  expect(await cluster.deskOf('other').claim(late)).toMatchObject({ kind: 'refused' });
  expect(await cluster.records('e1')).toEqual(before);
});

test('a partition that changes hands after every few records ends as one that never does', async () => {
  const outputs = async (handOverEvery: number): Promise<readonly unknown[]> => {
    const cluster = new Cluster();
    let current = await cluster.orchestrator('o0');
    const working: (() => void)[] = [];
    cluster.host('h', {
      worker: async ({ step }) => {
        // One step ends at a time, so that owners change between any two of them.
        if (handOverEvery > 0) await new Promise<void>((resolve) => void working.push(resolve));
        return { did: step };
      },
    });
    await cluster.submit('e1', definition, { items: [1, 2, 3] });
    for (let turn = 1; turn <= 40 && (await cluster.fold('e1'))?.hasEnded === false; turn += 1) {
      working.shift()?.();
      await cluster.settle();
      if (handOverEvery > 0 && turn % handOverEvery === 0) {
        await current.orchestrator.stop();
        current = await cluster.orchestrator(`o${turn}`);
      }
      await cluster.advance(1_000);
    }
    const fold = await cluster.fold('e1');
    return [fold?.status, fold?.world.ledger.outputs, cluster.snapshots.puts];
  };
  const [status, result] = await outputs(0);
  expect(status).toBe('completed');
  for (const every of [1, 2, 3]) {
    const [handedStatus, handedResult, snapshots] = await outputs(every);
    expect([handedStatus, handedResult]).toEqual([status, result]);
    expect(snapshots).toBeGreaterThan(0);
  }
});

test('an end is told by who takes over, also while its work still drains', async () => {
  const cluster = new Cluster();
  const { member } = await cluster.orchestrator('first', { ownerLeaseMs: 1_000 });
  cluster.host('h', { worker: () => new Promise(() => undefined) });
  await cluster.submit('e1', definition, { items: [1] });
  expect((await cluster.fold('e1'))?.claims()).toMatchObject([{ step: 'plan' }]);
  await member.die();
  await cluster.control('e1', 'abort.requested', { reason: 'enough' });
  const told: string[] = [];
  await cluster.orchestrator('second', { ownerLeaseMs: 1_000, onEvent: ({ type }) => void told.push(type) });
  await cluster.advance(3_000);
  expect(told).toContain('execution:aborted');
});

test('who takes over tells again what happened lately, and nothing of what lies long back', async () => {
  const cluster = new Cluster();
  const { orchestrator } = await cluster.orchestrator('first');
  cluster.host('h', { worker: ({ step }) => ({ did: step }) });
  await cluster.submit('e1', definition, { items: [1] });
  await cluster.advance(10 * 60_000);
  await cluster.submit('e2', definition, { items: [1] });
  await cluster.settle();
  await orchestrator.stop();
  cluster.snapshots.forget();
  const told: string[] = [];
  await cluster.orchestrator('second', { onEvent: ({ type, id }) => void told.push(`${id} ${type}`) });
  await cluster.advance(3_000);
  expect(told.filter((event) => event.startsWith('e1'))).toEqual([]);
  expect(told).toContain('e2 execution:complete');
});
