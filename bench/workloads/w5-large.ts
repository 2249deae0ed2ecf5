import { TaskExecutor } from '../../src/index.ts';
import { MemoryWatch } from '../memory.ts';
import type { BenchOptions } from '../options.ts';
import { median, round, spread } from '../statistics.ts';
import { large, workers } from '../tasks.ts';

const STEPS = 10_000;

/** One execution of 10,000 steps, after one to warm up. */
export async function w5({ data, runs }: BenchOptions): Promise<object> {
  await using executor = new TaskExecutor({ data, agents: workers() });
  await executor.execute(large, {});
  const memory = new MemoryWatch();
  const perSecond: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    const began = performance.now();
    await executor.execute(large, {});
    perSecond.push((STEPS / (performance.now() - began)) * 1000);
  }
  return {
    executions: runs,
    steps: STEPS,
    concurrency: 64,
    wall_s: round(STEPS / median(perSecond)),
    steps_per_s: round(median(perSecond)),
    steps_per_s_min_med_max: spread(perSecond),
    peak_rss_mb: memory.stop(),
  };
}
