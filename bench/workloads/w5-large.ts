import { openEngine } from '../engines.ts';
import { MemoryWatch } from '../memory.ts';
import type { BenchOptions } from '../options.ts';
import { median, round, spread } from '../statistics.ts';
import { large } from '../tasks.ts';

const STEPS = 10_000;

/** One execution of 10,000 steps, after one to warm up. */
export async function w5(options: BenchOptions): Promise<object> {
  const { runs } = options;
  await using engine = await openEngine(options);
  await engine.execute(large, {});
  const memory = new MemoryWatch();
  const measured = await engine.measure(STEPS * runs);
  const perSecond: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    const began = performance.now();
    await engine.execute(large, {});
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
    ...(await measured()),
  };
}
