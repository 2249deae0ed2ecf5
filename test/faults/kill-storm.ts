import type { Cluster, Verdict } from './cluster.ts';

export type Kind = 'orchestrator' | 'host' | 'server';

export interface StormOptions {
  /** Of each kind about a third. */
  readonly kills: number;
  /** At least so many executions; more when they end before all is killed. */
  readonly executions: number;
  /** Executions under way at once. */
  readonly concurrency: number;
  /** Told as it goes. */
  readonly onKill?: (count: number, kind: Kind) => void;
}

export interface StormResult {
  readonly kills: Readonly<Record<Kind, number>>;
  /** From the kill of an orchestrator until another one had read and drove what it had driven, in ms. */
  readonly takeOverMs: readonly number[];
  readonly verdict: Verdict;
}

/** Processes of each kind, and executions, until so many were killed and everything has ended. */
export async function killStorm(cluster: Cluster, options: StormOptions): Promise<StormResult> {
  await Promise.all([cluster.orchestrator(), cluster.orchestrator()]);
  await Promise.all([cluster.host(), cluster.host(), cluster.host(), cluster.host()]);
  const kills: Record<Kind, number> = { orchestrator: 0, host: 0, server: 0 };
  const takeOverMs: number[] = [];
  let killed = 0;

  const kill = async (kind: Kind): Promise<void> => {
    kills[kind] += 1;
    if (kind === 'server') {
      await cluster.server.kill('SIGKILL');
      await cluster.server.restart();
    } else if (kind === 'host') {
      await cluster.oneOf(cluster.hosts.filter(({ isAlive }) => isAlive)).kill();
      await cluster.host();
    } else {
      const victim = cluster.oneOf(cluster.orchestrators.filter(({ isAlive }) => isAlive));
      measureTakeOver(cluster, victim, (ms) => takeOverMs.push(ms));
      await victim.kill();
      await cluster.orchestrator();
    }
  };
  const killAll = async (): Promise<void> => {
    const order: Kind[] = [];
    while (killed < options.kills) {
      if (order.length === 0) order.push(...shuffled(cluster));
      const kind = order.pop() ?? 'host';
      await cluster.witness.untilMore(cluster.pick(5, 80));
      await kill(kind);
      killed += 1;
      options.onKill?.(killed, kind);
    }
  };
  const runOneAfterAnother = async (): Promise<void> => {
    while (cluster.submitted.length < options.executions || killed < options.kills) {
      await cluster.witness.untilEnded(await cluster.submit(1));
    }
  };
  await Promise.all([killAll(), ...Array.from({ length: options.concurrency }, runOneAfterAnother)]);
  return { kills, takeOverMs, verdict: await cluster.verify() };
}

function shuffled(cluster: Cluster): readonly Kind[] {
  const left: Kind[] = ['orchestrator', 'host', 'server'];
  const order: Kind[] = [];
  while (left.length > 0) order.push(...left.splice(cluster.pick(0, left.length - 1), 1));
  return order;
}

/** To be asked right before the kill; says nothing when it drove nothing. */
function measureTakeOver(
  cluster: Cluster,
  victim: Cluster['orchestrators'][number],
  measured: (ms: number) => void,
): void {
  const last = victim.said.findLast((news) => news.type === 'held');
  const missing = new Set(last?.partitions);
  if (missing.size === 0) return;
  const begun = performance.now();
  const stop = cluster.onHeld((process, partitions) => {
    if (process === victim) return;
    for (const partition of partitions) missing.delete(partition);
    if (missing.size > 0) return;
    stop();
    measured(performance.now() - begun);
  });
}
