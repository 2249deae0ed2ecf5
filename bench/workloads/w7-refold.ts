import { foldLog } from '../../src/engine/load.ts';
import { defineTask } from '../../src/index.ts';
import { Embedded } from '../../src/library/embedded.ts';
import { prepareDefinition } from '../../src/library/prepare-task.ts';
import { MemoryWatch } from '../memory.ts';
import type { BenchOptions } from '../options.ts';
import { median, round, spread } from '../statistics.ts';
import { agentSteps, workers } from '../tasks.ts';

const PHASES = 200;
/** Two records each, the claim and the outcome, and one more for each phase. */
const STEPS = 20_000;

const history = defineTask({
  name: 'history',
  version: '1.0.0',
  concurrency: { steps: 64 },
  phases: Array.from({ length: PHASES }, (_, index) => ({
    name: `p${index}`,
    dependsOn: index === 0 ? [] : [`p${index - 1}`],
    steps: agentSteps(STEPS / PHASES, `p${index}s`),
  })),
});

/** One execution of 20,000 steps; then all its records are folded again, from the first, as by somebody who finds no snapshot. */
export async function w7({ data, runs }: BenchOptions): Promise<object> {
  const functions = new Map(workers().map((agent) => [agent.name, agent]));
  await using embedded = await Embedded.open({ data, functions: functions.values() });
  const { engine, store } = embedded;
  const { pinned } = await prepareDefinition(history, { functions });
  await engine.begin({ execution: 'history', pinned, input: {} });
  const state = (await engine.ended('history')).hash();
  const records = await store.log.read('history');
  const memory = new MemoryWatch();
  const perSecond: number[] = [];
  for (let run = 0; run <= runs; run += 1) {
    const began = performance.now();
    const fold = await foldLog(records, engine.sources);
    const seconds = (performance.now() - began) / 1000;
    if (fold?.hash() !== state) throw new Error('folded again it is another state');
    // The first warms up.
    if (run > 0) perSecond.push(records.length / seconds);
  }
  return {
    executions: 1,
    steps: STEPS,
    records: records.length,
    wall_s: round(records.length / median(perSecond)),
    records_per_s: round(median(perSecond)),
    records_per_s_min_med_max: spread(perSecond),
    peak_rss_mb: memory.stop(),
  };
}
