import { expect, test } from 'vitest';
import { killStorm } from './kill-storm.ts';
import { clusterForTest } from './scene.ts';

test('whatever is killed, every execution ends and nothing is lost or done twice', async () => {
  const cluster = await clusterForTest();
  const { kills, takeOverMs, verdict } = await killStorm(cluster, {
    kills: 9,
    executions: 60,
    concurrency: 12,
  });
  const { hashes: _, ...figures } = verdict;
  process.stdout.write(`${JSON.stringify({ kills, takeOverMs: takeOverMs.map(Math.round), ...figures })}\n`);
  expect(verdict.findings).toEqual([]);
  expect(verdict.lost).toEqual([]);
  expect(kills).toEqual({ orchestrator: 3, host: 3, server: 3 });
});
