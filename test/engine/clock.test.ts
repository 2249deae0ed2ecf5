import { describe, expect, it } from 'vitest';
import { agentStep, phase, task, World } from './open-world.ts';

const HOUR_MS = 3_600_000;

const fiveSeconds = task([
  phase('wait', [{ kind: 'wait', id: 'w', title: 'w', signal: 'go' }], { timeoutMs: 5_000 }),
]);

describe('a clock that is set back', () => {
  it('makes a deadline late by as much, and neither loses it nor asks for it all the time', async () => {
    const world = new World();
    const process = await world.open();
    await process.begin(fiveSeconds);
    await process.advance(2_000);
    world.setBackMs = HOUR_MS;
    await process.advance(HOUR_MS);
    expect(await process.status()).toBe('running');
    await process.advance(4_000);
    expect(await process.status()).toBe('failed');
    const records = await process.embedded.store.log.read('e');
    expect(records.filter(({ type }) => type === 'timer.fired')).toHaveLength(1);
  });

  it('never lets the time of the log go back', async () => {
    const world = new World();
    const process = await world.open({ worker: () => 1 });
    await process.begin(fiveSeconds);
    world.setBackMs = HOUR_MS;
    await process.engine.control('e', 'signal.sent', { name: 'go', payload: null });
    await process.settle();
    const times = (await process.embedded.store.log.read('e')).map(({ at }) => at);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(await process.status()).toBe('completed');
  });

  it('takes no claim away from an agent at work', async () => {
    const world = new World();
    const work = Promise.withResolvers<number>();
    let asked = 0;
    const process = await world.open({
      worker: () => {
        asked += 1;
        return work.promise;
      },
    });
    await process.begin(task([phase('work', [agentStep('a')])]));
    world.setBackMs = HOUR_MS;
    await process.advance(120_000);
    work.resolve(1);
    await process.settle();
    expect((await process.engine.ended('e')).status).toBe('completed');
    expect(asked).toBe(1);
  });
});
