import { describe, expect, it } from 'vitest';
import { storageFull } from '../../src/errors.ts';
import { agentStep, type Process, phase, task, World } from './open-world.ts';

/** A disk that has room again when it is told so. */
function fillDisk(world: World): { refused: number; free(): void } {
  const disk = {
    refused: 0,
    free: () => world.interceptCommits(() => undefined),
  };
  world.interceptCommits(() => {
    disk.refused += 1;
    throw storageFull('log.db');
  });
  return disk;
}

async function endOf(process: Process): Promise<string> {
  return (await process.engine.ended('e')).status;
}

const validated = task([
  phase('work', [
    agentStep('a'),
    {
      kind: 'validation',
      id: 'check',
      title: 'check',
      expression: 'results.worker == 1',
      message: undefined,
    },
  ]),
  phase('after', [agentStep('b')], { dependsOn: ['work'] }),
]);

describe('an engine whose disk is full', () => {
  it('refuses a start and forgets it', async () => {
    const world = new World();
    const process = await world.open({ worker: () => 1 });
    const disk = fillDisk(world);
    await expect(process.begin(validated)).rejects.toMatchObject({ code: 'STORAGE_FULL' });
    expect(process.engine.owned).toEqual({ resident: 0, parked: 0 });
    disk.free();
    expect(await process.begin(validated)).toMatchObject({ isNew: true });
    await process.advance(10_000);
    expect(await endOf(process)).toBe('completed');
  });

  it.each([0, 1, 2, 3, 4, 5, 6, 7, 8])(
    'goes on by itself once there is room, when it filled after %i commits',
    async (commits) => {
      const world = new World();
      const asked: string[] = [];
      const process = await world.open({
        worker: ({ step }) => {
          asked.push(step);
          return 1;
        },
      });
      let left = commits + 1;
      let refused = 0;
      world.interceptCommits(() => {
        left -= 1;
        if (left >= 0) return;
        refused += 1;
        throw storageFull('log.db');
      });
      await process.begin(validated);
      await process.advance(120_000);
      // A few tries a minute for each that waits, and not as fast as it can.
      expect(refused).toBeLessThan(120);
      world.interceptCommits(() => undefined);
      await process.advance(60_000);
      expect(await endOf(process)).toBe('completed');
      expect(new Set(asked)).toEqual(new Set(['a', 'b']));
    },
  );

  it('still meets a deadline that fell into that time', async () => {
    const world = new World();
    const process = await world.open();
    await process.begin(
      task([phase('wait', [{ kind: 'wait', id: 'w', title: 'w', signal: 'go' }], { timeoutMs: 5_000 })]),
    );
    expect(process.engine.owned.parked).toBe(1);
    const disk = fillDisk(world);
    await process.advance(20_000);
    expect(disk.refused).toBeGreaterThan(0);
    expect(await process.status()).toBe('running');
    disk.free();
    await process.advance(10_000);
    expect(await endOf(process)).toBe('failed');
  });

  it('can be stopped, and says so to whoever waits', async () => {
    const world = new World();
    const process = await world.open({ worker: () => new Promise(() => undefined) });
    await process.begin(validated);
    const ended = process.engine.ended('e');
    fillDisk(world);
    await process.engine.stop();
    await expect(ended).rejects.toMatchObject({ code: 'EXECUTION_MOVED_ON' });
  });
});
