import { prepareDefinition } from '../../src/library/prepare-task.ts';
import { CalmStage } from '../../src/simulation/calm-stage.ts';
import { Cluster } from '../../src/simulation/cluster/cluster.ts';
import type { BenchOptions } from '../options.ts';
import { median, round, spread } from '../statistics.ts';
import { fanOut, workers } from '../tasks.ts';

/** Executions per cluster: as many as share the beats of its orchestrators. */
const AT_ONCE = 20;

/** Simulated executions of W1: without faults on one process, and on a cluster of two orchestrators and two hosts under heavy faults. */
export async function w6({ executions = 1000, runs }: BenchOptions): Promise<object> {
  const functions = new Map(workers().map((agent) => [agent.name, agent]));
  const { pinned } = await prepareDefinition(fanOut, { functions });
  const agents = new Map(workers().map(({ name, run }) => [name, run]));

  const calm = async (): Promise<void> => {
    await using stage = await CalmStage.open({ agents });
    for (let index = 0; index < executions; index += 1)
      await stage.start({ execution: `e${index}`, pinned, input: {} });
    while (await stage.step());
  };
  const faulty = async (): Promise<void> => {
    for (let seed = 1; seed <= executions / AT_ONCE; seed += 1) {
      await using cluster = new Cluster({ seed, faults: 'heavy', agents: () => workers() });
      for (let index = 0; index < AT_ONCE; index += 1)
        await cluster.start({ execution: `e${index}`, pinned, input: {} });
      await cluster.rest();
      if (cluster.finish().length > 0)
        throw new Error(`seed ${seed} finds ${JSON.stringify(cluster.findings)}`);
    }
  };

  const measure = async (once: () => Promise<void>): Promise<readonly number[]> => {
    await once();
    const perSecond: number[] = [];
    for (let run = 0; run < runs; run += 1) {
      const began = performance.now();
      await once();
      perSecond.push((executions / (performance.now() - began)) * 1000);
    }
    return perSecond;
  };
  const [calmly, underFaults] = [await measure(calm), await measure(faulty)];
  return {
    durability: 'none: simulated in memory',
    executions,
    steps: executions * 10,
    executions_per_s: round(median(calmly)),
    eps_min_med_max: spread(calmly),
    executions_per_s_under_faults: round(median(underFaults)),
    eps_under_faults_min_med_max: spread(underFaults),
  };
}
