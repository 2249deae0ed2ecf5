import { onTestFinished } from 'vitest';
import { Cluster, type ClusterOptions } from './cluster.ts';

/** A cluster that ends with the test, and says what it knows when that fails. */
export async function clusterForTest(options: Partial<ClusterOptions> = {}): Promise<Cluster> {
  const cluster = await Cluster.start({ seed: seedOfRun(), ...options });
  onTestFinished(async ({ task }) => {
    if (task.result?.state === 'fail') process.stderr.write(`${cluster.describe()}\n`);
    await cluster[Symbol.asyncDispose]();
  });
  return cluster;
}

/** TROUPE_SEED repeats a run, as far as processes can be repeated. */
function seedOfRun(): number {
  return Number(process.env.TROUPE_SEED ?? Date.now() % 1_000_000);
}
