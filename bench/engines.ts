import { TaskExecutor, type TaskInput, TroupeClient } from '../src/index.ts';
import type { TaskSource } from '../src/task/define.ts';
import { BenchCluster } from './nats/cluster.ts';
import type { BenchOptions } from './options.ts';
import { round } from './statistics.ts';
import { workers } from './tasks.ts';

/** Runs tasks to their end, whichever engine drives them. */
export interface BenchEngine extends AsyncDisposable {
  execute(task: TaskSource, input: TaskInput): Promise<void>;
  /** What the work between this call and the end of the next one cost, per step. */
  measure(steps: number): Promise<() => Promise<object>>;
}

export async function openEngine({ engine, data }: BenchOptions): Promise<BenchEngine> {
  if (engine === 'embedded') {
    const executor = new TaskExecutor({ data, agents: workers() });
    return {
      execute: async (task, input) => void (await executor.execute(task, input)),
      measure: async () => async () => ({}),
      [Symbol.asyncDispose]: () => executor.close(),
    };
  }
  const cluster = await BenchCluster.start(data);
  const client = await TroupeClient.connect({ nats: cluster.url, agents: workers() });
  return {
    execute: async (task, input) => void (await client.outputsOf(task, input)),
    measure: (steps) => measureCluster(cluster, steps),
    async [Symbol.asyncDispose]() {
      await client.close();
      await cluster[Symbol.asyncDispose]();
    },
  };
}

/** Messages and CPU per step, of each process. */
async function measureCluster(cluster: BenchCluster, steps: number): Promise<() => Promise<object>> {
  const [cpu, messages, own] = [await cluster.cpu(), await cluster.messages(), process.cpuUsage()];
  return async () => {
    const [after, sent, client] = [await cluster.cpu(), await cluster.messages(), process.cpuUsage(own)];
    const perStep = (seconds: number): number => round((seconds / steps) * 1000);
    return {
      messages_to_server_per_step: round((sent.toServer - messages.toServer) / steps),
      messages_from_server_per_step: round((sent.fromServer - messages.fromServer) / steps),
      cpu_ms_per_step: {
        orchestrator: perStep(after.orchestrator - cpu.orchestrator),
        host: perStep(after.host - cpu.host),
        server: perStep(after.server - cpu.server),
        client: perStep((client.user + client.system) / 1e6),
      },
    };
  };
}
