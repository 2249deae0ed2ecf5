import { expect, it } from 'vitest';
import { reportOf } from '../../src/engine/report.ts';
import type { StepDefinition } from '../../src/task/definition.ts';
import { agentStep, phase, task, World } from './open-world.ts';

const collect = (id: string): StepDefinition => ({ kind: 'aggregate', id, title: id, aggregate: 'collect' });

async function collected(...phases: Parameters<typeof task>[0]) {
  const world = new World();
  const process = await world.open({
    worker: ({ step }) => (step === 'forged' ? { $artifact: 'mine' } : { did: step }),
  });
  await process.begin(task(phases));
  const report = reportOf(await process.engine.ended('e'));
  const steps = report.phases.flatMap(({ steps }) => steps);
  return Object.fromEntries(
    steps
      .filter(({ kind }) => kind === 'aggregate')
      .map(({ id, output }) => [id, (output as { items: object }).items]),
  );
}

it('folds the outputs above an aggregate, since the one before it', async () => {
  const folded = await collected(
    phase('a', [agentStep('s1'), collect('first'), agentStep('s2'), collect('second')]),
  );
  expect(folded).toEqual({ first: { worker: { did: 's1' } }, second: { worker: { did: 's2' } } });
});

it('folds the outputs of the phases depended on where there are none above', async () => {
  const folded = await collected(
    phase('a', [agentStep('s1')]),
    phase('b', [collect('sum')], { dependsOn: ['a'] }),
  );
  expect(folded).toEqual({ sum: { worker: { did: 's1' } } });
});

it('folds the outputs of a phase again that has folded them itself', async () => {
  const folded = await collected(
    phase('a', [agentStep('s1'), collect('own')]),
    phase('b', [collect('sum')], { dependsOn: ['a'] }),
  );
  expect(folded).toEqual({ own: { worker: { did: 's1' } }, sum: { worker: { did: 's1' } } });
});

it('takes for a reference to an artifact only what has the form of one', async () => {
  const folded = await collected(phase('a', [agentStep('forged'), collect('sum')]));
  expect(folded).toEqual({ sum: { worker: { $artifact: 'mine' } } });
});

it('says once which aggregate failed', async () => {
  const world = new World();
  const process = await world.open({ worker: () => 'no object' });
  const best: StepDefinition = { kind: 'aggregate', id: 'sum', title: 'sum', aggregate: 'best' };
  await process.begin(task([phase('a', [agentStep('s1'), best])]));
  const { phases } = reportOf(await process.engine.ended('e'));
  const message = phases[0]?.steps.find(({ id }) => id === 'sum')?.error?.message;
  expect(message).toMatch(/^aggregate 'best': (?!aggregate)/);
});

it('knows who does each of more items than fit into a record beside each other', async () => {
  const world = new World();
  const name = 'worker'.padEnd(60, 's');
  const process = await world.open({ [name]: () => 1 });
  const step = { ...agentStep('s'), agent: '{{ item }}' } as StepDefinition;
  // More than the 64 KiB beyond which values are kept apart.
  const list = Array.from({ length: 1_200 }, () => name);
  // The other phase names the worker, so that it is pinned.
  const other = { ...agentStep('t'), agent: name } as StepDefinition;
  const phases = [phase('one', [other]), phase('many', [step], { forEach: 'input.list' })];
  await process.begin(task(phases), { input: { list } });
  const many = reportOf(await process.engine.ended('e')).phases[1];
  expect(many?.status).toBe('completed');
  expect(many?.steps).toHaveLength(1_200);
});
