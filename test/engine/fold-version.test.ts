import { expect, it } from 'vitest';
import { agentStep, phase, pinnedOf, task, World } from './open-world.ts';

it('an execution of a newer version is left alone and named', async () => {
  const process = await new World().open({ worker: () => 1 });
  const { store, engine } = process.embedded;
  const definition = task([phase('one', [agentStep('a')])]);
  const { digest } = await engine.sources.pins.pin(pinnedOf(definition));
  const data = {
    foldVersion: 99,
    pinned: digest,
    task: { name: 'test', version: '1.0.0' },
    inputDigest: 'x',
    input: {},
  };
  await store.log.append({ id: 'r', execution: 'newer', source: 'control', type: 'execution.started', data });
  await expect(engine.state('newer')).rejects.toMatchObject({ code: 'FOLD_VERSION_UNKNOWN' });
  await store.ownership.markLive('newer');
  await engine.adoptOrphans();
  await process.settle();
  expect(await store.log.read('newer')).toHaveLength(1);
  expect(engine.owned).toEqual({ resident: 0, parked: 0 });
});
