import { TroupeClient } from '../../src/index.ts';
import { closedLoop } from '../closed-loop.ts';
import type { BenchOptions } from '../options.ts';
import { round } from '../statistics.ts';
import { parked } from '../tasks.ts';
import { BenchCluster } from './cluster.ts';

/** W3 on NATS: memory is that of the orchestrator's process. */
export async function parkedOnNats({
  data,
  executions = 10_000,
  concurrency = 64,
}: BenchOptions): Promise<object> {
  await using cluster = await BenchCluster.start(data);
  await using client = await TroupeClient.connect({ nats: cluster.url });
  const ended = new Countdown();
  client.onEnd(() => ended.count());
  const park = async (prefix: string, count: number): Promise<number> => {
    const { seconds } = await closedLoop(count, concurrency, async (index) => {
      await client.submit(parked, {}, { id: `${prefix}-${index}` });
    });
    while ((await cluster.owned()).parked < count) await new Promise((resolve) => setTimeout(resolve, 20));
    return seconds;
  };
  const wake = async (prefix: string, count: number): Promise<number> => {
    const all = ended.of(count);
    const began = performance.now();
    await closedLoop(count, concurrency, (index) => client.signal(`${prefix}-${index}`, 'go', { ok: true }));
    await all;
    return (performance.now() - began) / 1000;
  };
  // As many as grow the heap to the size that it keeps: its slack is not the executions'.
  const warmup = Math.min(2000, executions);
  await park('warm', warmup);
  await wake('warm', warmup);
  const before = await settled(cluster);
  const parkSeconds = await park('parked', executions);
  const after = await settled(cluster);
  const seconds = await wake('parked', executions);
  return {
    executions,
    concurrency,
    park_s: round(parkSeconds),
    wall_s: round(seconds),
    kb_per_parked: round(((after.resident - before.resident) * 1024) / executions),
    heap_kb_per_parked: round(((after.heap - before.heap) * 1024) / executions),
    wakes_per_s: round(executions / seconds),
  };
}

/** Freed pages go back to the system a little later. */
async function settled(cluster: BenchCluster): Promise<{ readonly resident: number; readonly heap: number }> {
  for (let round = 0; round < 3; round += 1) {
    await cluster.memory();
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  return cluster.memory();
}

class Countdown {
  #left = 0;
  #resolve: () => void = () => undefined;

  of(count: number): Promise<void> {
    this.#left = count;
    return new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  count(): void {
    this.#left -= 1;
    if (this.#left === 0) this.#resolve();
  }
}
