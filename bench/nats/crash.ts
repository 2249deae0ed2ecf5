import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TroupeClient } from '../../src/index.ts';
import type { BenchOptions } from '../options.ts';
import { round } from '../statistics.ts';
import { fanOut, workers } from '../tasks.ts';
import { BenchCluster } from './cluster.ts';

const STEPS = 10;
/** Of the marks that all steps write at start and end, when to kill: as WORKLOADS.md says, 1,600 of 4,000. */
const KILL_AT = 0.4;

/** W4 on NATS: the orchestrator, the server, and the host are killed in turn, each amid the work of a cluster of its own. */
export async function crashOnNats(options: BenchOptions): Promise<object> {
  const [orchestrator, server, host] = [
    await crash('orchestrator', options),
    await crash('server', options),
    await crash('host', options),
  ];
  return { executions: options.executions ?? 200, orchestrator, server, host };
}

async function crash(
  victim: 'orchestrator' | 'server' | 'host',
  { data, executions = 200 }: BenchOptions,
): Promise<object> {
  const dir = join(data, victim);
  const marks = join(data, `marks-${victim}`);
  await using cluster = await BenchCluster.start(dir, { stepMs: 50, marks });
  await using client = await TroupeClient.connect({ nats: cluster.url, agents: workers() });
  let completed = 0;
  const all = Promise.all(
    Array.from({ length: executions }, async (_, index) => {
      await client.execute(fanOut, {}, { id: `e${index}` });
      completed += 1;
    }),
  );
  await linesIn(marks, Math.floor(executions * STEPS * 2 * KILL_AT));
  const child = cluster[victim];
  child?.kill('SIGKILL');
  if (child !== undefined) await once(child, 'exit');
  const before = read(marks);
  const began = performance.now();
  if (victim === 'orchestrator') await cluster.startOrchestrator();
  else if (victim === 'server') await cluster.startServer();
  else await cluster.startHost();
  await all;
  const seconds = (performance.now() - began) / 1000;
  const after = read(marks).slice(before.length);
  const stepsOf = (lines: readonly string[], kind: string): readonly string[] =>
    lines.filter((line) => line.startsWith(kind)).map((line) => line.slice(2));
  const [begun, finished, again] = [
    new Set(stepsOf(before, 'S')),
    new Set(stepsOf(before, 'E')),
    stepsOf(after, 'S'),
  ];
  return {
    recovery_s: round(seconds),
    lost: executions - completed,
    steps_started_again: again.filter((step) => begun.has(step)).length,
    finished_steps_run_again: again.filter((step) => finished.has(step)).length,
  };
}

function read(file: string): string[] {
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
}

/** Resolves when the file has that many lines; looks often, since the kill should hit amid the work. */
async function linesIn(file: string, count: number): Promise<void> {
  while (read(file).length < count) await new Promise((resolve) => setTimeout(resolve, 5));
}
