import { MemoryArtifacts } from '../../adapters/memory/artifact-store.ts';
import { MemoryPartitionSnapshots } from '../../adapters/memory/partition-snapshots.ts';
import { MemoryResponses } from '../../adapters/memory/response-cache.ts';
import { MemorySnapshots } from '../../adapters/memory/snapshot-store.ts';
import type { VirtualClock } from '../../adapters/memory/virtual-clock.ts';
import { MemoryWorld } from '../../adapters/memory/world.ts';
import type { Heartbeat, NextGrant } from '../../ports/claim-desk.ts';
import type { ServedDesk } from '../../ports/partition-space.ts';
import { LeaseEntries } from './lease-entries.ts';
import type { Network } from './network.ts';
import { OfferStream } from './offer-stream.ts';
import { PartitionLog } from './partition-log.ts';
import type { SimulatedProcess } from './process.ts';

/** A host, as owners reach it. */
export interface Listening {
  readonly process: SimulatedProcess;
  confirmed(reportId: string, next: NextGrant | undefined): void;
  cancelled(beat: Heartbeat, reason: string): void;
}

/** A desk that an orchestrator serves. */
export interface Serving {
  readonly process: SimulatedProcess;
  readonly desk: ServedDesk;
}

/** What the server keeps. It dies with nobody; what it may lose is said by `lose-tail`. */
export class SimulatedServer {
  readonly logs: readonly PartitionLog[];
  readonly offers: OfferStream;
  readonly leases: LeaseEntries;
  readonly artifacts: MemoryArtifacts;
  readonly snapshots: MemorySnapshots;
  readonly partitionSnapshots = new MemoryPartitionSnapshots();
  readonly responses: MemoryResponses;
  /** By partition. */
  readonly desks: readonly Set<Serving>[];
  /** By host. */
  readonly hosts = new Map<string, Listening>();
  /** Told when connections that were broken are there again, by process. */
  readonly reconnected = new Map<SimulatedProcess, Set<() => void>>();

  constructor(partitions: number, { clock, network }: { clock: VirtualClock; network: Network }) {
    const world = new MemoryWorld('simulated');
    this.logs = Array.from({ length: partitions }, () => new PartitionLog(() => clock.now()));
    this.desks = Array.from({ length: partitions }, () => new Set<Serving>());
    this.offers = new OfferStream(clock, network);
    this.leases = new LeaseEntries(network);
    this.artifacts = new MemoryArtifacts(world);
    this.snapshots = new MemorySnapshots(world);
    this.responses = new MemoryResponses(world, clock);
  }

  get partitions(): number {
    return this.logs.length;
  }

  logOf(partition: number): PartitionLog {
    return this.logs[partition] as PartitionLog;
  }

  /** The same for everybody who knows the id. */
  partitionOf(execution: string): number {
    let hash = 0;
    for (let index = 0; index < execution.length; index += 1)
      hash = (Math.imul(hash, 31) + execution.charCodeAt(index)) >>> 0;
    return hash % this.partitions;
  }

  /** The process's connection is there again. */
  reconnect(process: SimulatedProcess): void {
    for (const listener of this.reconnected.get(process) ?? []) process.run(listener);
  }
}
