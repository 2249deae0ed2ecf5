import { natsNotAnswered } from '../../errors.ts';
import type { Json } from '../../json.ts';
import type { ArtifactStore } from '../../ports/artifact-store.ts';
import type { Subscription } from '../../ports/event-log.ts';
import type { PartitionSpace, ServedDesk } from '../../ports/partition-space.ts';
import type { ResponseCache } from '../../ports/response-cache.ts';
import type { Offer } from '../../ports/work-queue.ts';
import type { FaultPlan } from './faults.ts';
import type { Network } from './network.ts';
import { NodeLog } from './node-log.ts';
import type { SimulatedProcess } from './process.ts';
import type { Serving, SimulatedServer } from './server.ts';
import type { Trace } from './trace.ts';

export interface Surroundings {
  readonly server: SimulatedServer;
  readonly network: Network;
  readonly faults: FaultPlan;
  readonly trace: Trace;
}

export interface OrchestratorSpaceOptions extends Surroundings {
  readonly process: SimulatedProcess;
  /** Told when the process says it, before any message of it can be lost. */
  readonly onNotify: (execution: string, name: string, data: Json) => void;
}

/** The namespace as one orchestrator's process has it: everything beyond its own memory is asked for over its connection. */
export function orchestratorSpace(options: OrchestratorSpaceOptions): PartitionSpace {
  const { process, server, network, faults, trace, onNotify } = options;
  const { offers } = server;
  return {
    partitions: server.partitions,
    logOf: (partition) =>
      new NodeLog({ process, partition, log: server.logOf(partition), network, faults, trace }),
    silenceOf: () => network.silenceOf(process.node),
    artifacts: artifactsSeenBy(process, options),
    responses: responsesSeenBy(process, options),
    snapshots: {
      put: (snapshot) => network.ask(process, 'snapshot put', () => void server.snapshots.put(snapshot)),
      latest: async (execution) => {
        const stored = await server.snapshots.latest(execution);
        return network.ask(process, 'snapshot', () => stored);
      },
      remove: (execution) =>
        network.ask(process, 'snapshot removed', () => void server.snapshots.remove(execution)),
    },
    partitionSnapshots: {
      put: (snapshot) =>
        network.ask(process, 'partition snapshot put', () => void server.partitionSnapshots.put(snapshot)),
      latest: async (partition) => {
        const stored = await server.partitionSnapshots.latest(partition);
        const place = network.count(`${process.node} partition snapshot ${partition}`);
        const isDamaged = stored !== undefined && faults.strikes('snapshot-damaged', place);
        if (isDamaged) trace.note(`${process.id} finds the snapshot of partition ${partition} damaged`);
        const found = isDamaged ? { ...stored, body: stored.body.slice(0, stored.body.length / 2) } : stored;
        return network.ask(process, 'partition snapshot', () => found);
      },
    },
    leases: server.leases.seenBy(process),
    queue: {
      offer: (offer) => network.toServer(process, `offer ${offer.role}`, () => offers.add(offer)),
      withdraw: (offerId) => network.toServer(process, 'offer withdrawn', () => offers.withdraw(offerId)),
      consume: () => {
        throw new Error('An orchestrator takes no offers.');
      },
      missing: (wanted: readonly Offer[]) =>
        network.ask(process, 'offers looked for', () => wanted.filter(({ id }) => !offers.has(id))),
    },
    serveDesk: (partition, desk) => serve(partition, desk, options),
    confirm: (host, reportId, next) => {
      const what = next === undefined ? 'report confirmed' : 'report confirmed with a claim';
      network.toServer(process, what, () => {
        const listening = server.hosts.get(host);
        if (listening === undefined) return;
        network.toProcess(listening.process, what, () => listening.confirmed(reportId, next));
      });
    },
    cancel: (host, beat, reason) => {
      network.toServer(process, 'cancel', () => {
        const listening = server.hosts.get(host);
        if (listening === undefined) return;
        network.toProcess(listening.process, 'cancel', () => listening.cancelled(beat, reason));
      });
    },
    notify: (execution, name, data) => {
      if (!process.isDead) onNotify(execution, name, data);
    },
    onReconnect: (listener) => {
      const listeners = server.reconnected.get(process) ?? new Set();
      server.reconnected.set(process, listeners.add(listener));
      return () => void listeners.delete(listener);
    },
    tokenKey: () => network.ask(process, 'token key', () => 'simulated key'),
  };
}

/** Content by digest never changes, so only the way to it may fail. */
export function artifactsSeenBy(
  process: SimulatedProcess,
  { server, network, faults, trace }: Surroundings,
): ArtifactStore {
  const { artifacts } = server;
  return {
    put: async (bytes, about) => {
      await network.ask(process, 'artifact put', () => undefined);
      return artifacts.put(bytes, about);
    },
    get: async (digest) => {
      if (faults.strikes('artifact-unanswered', network.count(`${process.node} artifact`))) {
        trace.note(`${process.id} gets no answer about an artifact`);
        throw natsNotAnswered('the artifact', 'the simulated store is busy');
      }
      await network.ask(process, 'artifact', () => undefined);
      return artifacts.get(digest);
    },
    has: async (digest) => {
      await network.ask(process, 'artifact looked for', () => undefined);
      return artifacts.has(digest);
    },
  };
}

function responsesSeenBy(
  process: SimulatedProcess,
  { server, network }: Pick<Surroundings, 'server' | 'network'>,
): ResponseCache {
  return {
    get: async (key) => {
      const found = await server.responses.get(key);
      return network.ask(process, 'answer looked for', () => found);
    },
    put: (key, value, ttlMs) =>
      network.ask(process, 'answer kept', () => void server.responses.put(key, value, ttlMs)),
  };
}

async function serve(
  partition: number,
  desk: ServedDesk,
  { process, server }: OrchestratorSpaceOptions,
): Promise<Subscription> {
  const serving: Serving = { process, desk };
  const desks = server.desks[partition];
  desks?.add(serving);
  const stop = async (): Promise<void> => void desks?.delete(serving);
  process.onEnd(() => void stop());
  return { stop, [Symbol.asyncDispose]: stop };
}
