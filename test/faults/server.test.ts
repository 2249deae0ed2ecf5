import { expect, test } from 'vitest';
import { clusterForTest } from './scene.ts';

test.each(['SIGTERM', 'SIGKILL'] as const)(
  'a server that ends with %s under load and starts again loses nothing',
  async (signal) => {
    const cluster = await clusterForTest();
    await Promise.all([cluster.orchestrator(), cluster.orchestrator(), cluster.host(), cluster.host()]);
    let isOver = false;
    const runOneAfterAnother = async (): Promise<void> => {
      while (!isOver) await cluster.witness.untilEnded(await cluster.submit(1));
    };
    const restartAgainAndAgain = async (): Promise<void> => {
      for (let count = 0; count < 4; count += 1) {
        await cluster.witness.untilMore(cluster.pick(40, 120));
        await cluster.server.kill(signal);
        await cluster.server.restart();
      }
      isOver = true;
    };
    await Promise.all([restartAgainAndAgain(), ...Array.from({ length: 12 }, runOneAfterAnother)]);
    const { findings, lost } = await cluster.verify();
    expect(findings).toEqual([]);
    expect(lost).toEqual([]);
  },
  60_000,
);
