import { TaskExecutor } from '../../src/index.ts';
import { closedLoop } from '../closed-loop.ts';
import { residentMb } from '../memory.ts';
import { parkedOnNats } from '../nats/parked.ts';
import type { BenchOptions } from '../options.ts';
import { round } from '../statistics.ts';
import { parked } from '../tasks.ts';

/** Executions that each wait for a signal; then all are signalled. KB per parked execution is an upper bound: it holds heap slack. */
export async function w3(options: BenchOptions): Promise<object> {
  if (options.engine === 'nats') return parkedOnNats(options);
  const { data, executions = 10_000, concurrency = 64 } = options;
  await using executor = new TaskExecutor({ data });
  const ends: Promise<unknown>[] = [];
  const started = new Map<string, () => void>();
  // Told when the start is durable.
  executor.on('execution:start', ({ id }) => started.get(id)?.());
  const park = async (id: string): Promise<void> => {
    const durable = new Promise<void>((resolve) => started.set(id, resolve));
    ends.push(executor.execute(parked, {}, { id }));
    await durable;
    started.delete(id);
  };
  // As many as grow the heap to the size that it keeps: its slack is not the executions'.
  const warmup = Math.min(2000, executions);
  await closedLoop(warmup, concurrency, (index) => park(`warm-${index}`));
  await closedLoop(warmup, concurrency, (index) =>
    executor.signalExecution(`warm-${index}`, 'go', { ok: true }),
  );
  await Promise.all(ends.splice(0));

  const before = await settled();
  const parking = await closedLoop(executions, concurrency, (index) => park(`parked-${index}`));
  const after = await settled();
  const began = performance.now();
  await closedLoop(executions, concurrency, (index) =>
    executor.signalExecution(`parked-${index}`, 'go', { ok: true }),
  );
  await Promise.all(ends);
  const seconds = (performance.now() - began) / 1000;
  return {
    executions,
    concurrency,
    park_s: round(parking.seconds),
    wall_s: round(seconds),
    kb_per_parked: round(((after.resident - before.resident) * 1024) / executions),
    heap_kb_per_parked: round(((after.heap - before.heap) * 1024) / executions),
    wakes_per_s: round(executions / seconds),
  };
}

/** In MB, after collections where `--expose-gc` allows them; freed pages go back to the system a little later. */
async function settled(): Promise<{ readonly resident: number; readonly heap: number }> {
  for (let round = 0; round < 3; round += 1) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  return { resident: residentMb(), heap: process.memoryUsage().heapUsed / 2 ** 20 };
}
