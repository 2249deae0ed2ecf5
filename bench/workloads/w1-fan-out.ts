import { closedLoop } from '../closed-loop.ts';
import { openEngine } from '../engines.ts';
import { MemoryWatch } from '../memory.ts';
import type { BenchOptions } from '../options.ts';
import { median, percentile, round, spread } from '../statistics.ts';
import { fanOut } from '../tasks.ts';

const STEPS = 10;
const RECORDS = 21;

/** 1,000 executions of 10 steps, 64 in flight, after a warm-up of 200. */
export async function w1(options: BenchOptions): Promise<object> {
  const { executions = 1000, concurrency = 64, runs } = options;
  await using engine = await openEngine(options);
  const execute = () => engine.execute(fanOut, {});
  await closedLoop(Math.min(200, executions), concurrency, execute);
  const memory = new MemoryWatch();
  const measured = await engine.measure(executions * STEPS * runs);
  const rounds = [];
  for (let run = 0; run < runs; run += 1) rounds.push(await closedLoop(executions, concurrency, execute));
  const perSecond = rounds.map(({ seconds }) => executions / seconds);
  const latencies = rounds.flatMap(({ latenciesMs }) => latenciesMs);
  return {
    executions,
    steps: executions * STEPS,
    concurrency,
    wall_s: round(median(rounds.map(({ seconds }) => seconds))),
    executions_per_s: round(median(perSecond)),
    steps_per_s: round(median(perSecond) * STEPS),
    eps_min_med_max: spread(perSecond),
    p50_ms: round(percentile(latencies, 50)),
    p95_ms: round(percentile(latencies, 95)),
    p99_ms: round(percentile(latencies, 99)),
    peak_rss_mb: memory.stop(),
    records_per_step: round(RECORDS / STEPS),
    ...(await measured()),
  };
}
