import { openEngine } from '../engines.ts';
import { MemoryWatch } from '../memory.ts';
import type { BenchOptions } from '../options.ts';
import { median, percentile, round, spread } from '../statistics.ts';
import { sequence } from '../tasks.ts';

const STEPS = 100;

/** One execution of 100 steps after another; the mean of 20, after 3 to warm up. */
export async function w2(options: BenchOptions): Promise<object> {
  const { executions = 20, runs } = options;
  await using engine = await openEngine(options);
  const one = async (): Promise<number> => {
    const began = performance.now();
    await engine.execute(sequence, {});
    return (performance.now() - began) / STEPS;
  };
  for (let warmup = 0; warmup < 3; warmup += 1) await one();
  const memory = new MemoryWatch();
  const measured = await engine.measure(executions * runs * STEPS);
  const all: number[] = [];
  const means: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    const times: number[] = [];
    for (let index = 0; index < executions; index += 1) times.push(await one());
    all.push(...times);
    means.push(times.reduce((sum, time) => sum + time, 0) / times.length);
  }
  return {
    executions: executions * runs,
    steps: executions * runs * STEPS,
    concurrency: 1,
    wall_s: round((median(means) * STEPS * executions) / 1000),
    steps_per_s: round(1000 / median(means)),
    per_step_ms: round(median(means)),
    per_step_ms_min_med_max: spread(means),
    p50_ms: round(percentile(all, 50)),
    p95_ms: round(percentile(all, 95)),
    p99_ms: round(percentile(all, 99)),
    peak_rss_mb: memory.stop(),
    ...(await measured()),
  };
}
