import { MemoryLeaseBoard } from '../../src/adapters/memory/lease-board.ts';
import { MemoryPartitionSnapshots } from '../../src/adapters/memory/partition-snapshots.ts';
import { MemoryResponses } from '../../src/adapters/memory/response-cache.ts';
import { seededRandom } from '../../src/adapters/memory/seeded-random.ts';
import { createMemoryStore } from '../../src/adapters/memory/store.ts';
import { VirtualClock } from '../../src/adapters/memory/virtual-clock.ts';
import { InProcessWorkQueue } from '../../src/adapters/memory/work-queue.ts';
import { MemoryWorld } from '../../src/adapters/memory/world.ts';
import { type AgentFunction, defineAgent } from '../../src/agent/define.ts';
import { AgentHost } from '../../src/agent/host.ts';
import type { Fold } from '../../src/engine/fold.ts';
import { loadFold, type Sources } from '../../src/engine/load.ts';
import { digestOf } from '../../src/engine/pinned.ts';
import { Pins } from '../../src/engine/pins.ts';
import { taskRules } from '../../src/engine/rules.ts';
import { startData } from '../../src/engine/start-record.ts';
import type { Json } from '../../src/json.ts';
import { Orchestrator, type OrchestratorOptions } from '../../src/orchestrator/orchestrator.ts';
import { type AttemptReport, RECORD_TYPE_OF } from '../../src/ports/agent-request.ts';
import type { ClaimDesk, Heartbeat, NextGrant } from '../../src/ports/claim-desk.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { EventLog, LogRecord } from '../../src/ports/event-log.ts';
import type { StoredPartition } from '../../src/ports/partition-snapshots.ts';
import type { PartitionSpace, ServedDesk } from '../../src/ports/partition-space.ts';
import type { Store } from '../../src/ports/store.ts';
import type { Offer } from '../../src/ports/work-queue.ts';
import type { TaskDefinition } from '../../src/task/definition.ts';
import { pinnedOf } from '../engine/open-world.ts';

export const PARTITIONS = 4;

/** A namespace in memory and virtual time: logs, a queue, and orchestrators and hosts that come and go like processes. */
export class Cluster {
  readonly clock = new VirtualClock();
  readonly random = seededRandom(1);
  readonly worlds = Array.from({ length: PARTITIONS }, (_, partition) => new MemoryWorld(`p${partition}`));
  readonly board = new MemoryLeaseBoard();
  readonly snapshots = new CountedSnapshots();
  readonly queue = new InProcessWorkQueue();
  readonly responses = new MemoryResponses(new MemoryWorld('shared'), this.clock);
  /** Offers that nobody has received. */
  readonly queued = new Set<string>();
  readonly desks = Array.from({ length: PARTITIONS }, () => new Set<ServedDesk>());
  readonly cancelListeners = new Map<string, (beat: Heartbeat, reason: string) => void>();
  /** Ids of reports that owners said were folded. */
  readonly confirmed = new Set<string>();
  /** The claims that were told of with them, as often as they were, by report. */
  readonly grants = new Map<string, readonly { readonly host: string; readonly grant: NextGrant }[]>();
  readonly #client: readonly Store[];

  constructor() {
    this.#client = this.worlds.map((world) =>
      createMemoryStore({ clock: this.clock, random: this.random, world }),
    );
  }

  partitionOf(execution: string): number {
    return Number(execution.replaceAll(/\D/g, '')) % PARTITIONS;
  }

  logOf(execution: string): EventLog {
    return this.#clientOf(execution).log;
  }

  async records(execution: string): Promise<readonly LogRecord[]> {
    return this.logOf(execution).read(execution);
  }

  /** Folded from the log by somebody who drives nothing. */
  async fold(execution: string): Promise<Fold | undefined> {
    return loadFold(execution, this.sourcesOf(execution));
  }

  sourcesOf(execution: string): Sources {
    const { log, snapshots, artifacts } = this.#clientOf(execution);
    return { log, snapshots, artifacts, pins: new Pins(artifacts), rules: taskRules };
  }

  /** What `run` does: writes the start and drives nothing. */
  async submit(execution: string, definition: TaskDefinition, input: Json = {}): Promise<void> {
    const { artifacts, log } = this.#clientOf(execution);
    // Each partition's memory has artifacts of its own.
    const pinned = await new Pins(artifacts).pin(pinnedOf(definition));
    const data = await startData(pinned, { input, inputDigest: digestOf(input) }, artifacts);
    await log.append({
      id: this.random.id(),
      execution,
      source: 'control',
      type: 'execution.started',
      data: data as unknown as Json,
    });
    await this.settle();
  }

  async control(execution: string, type: string, data: Json = {}): Promise<void> {
    await this.logOf(execution).append({ id: this.random.id(), execution, source: 'control', type, data });
    await this.settle();
  }

  async orchestrator(
    id: string,
    { aheadMs = 0, ...options }: Partial<OrchestratorOptions> & { readonly aheadMs?: number } = {},
  ): Promise<{ readonly orchestrator: Orchestrator; readonly member: Member }> {
    const member = new Member(this, id, aheadMs);
    const orchestrator = await Orchestrator.start({
      space: member.space(),
      self: { process: id, pid: 1, hostname: 'memory', startedAt: this.clock.now() },
      clock: member.clock,
      random: this.random,
      ...options,
    });
    await this.settle();
    return { orchestrator, member };
  }

  host(id: string, agents: { readonly [role: string]: AgentFunction }): AgentHost {
    const host = new AgentHost({
      host: id,
      agents: Object.entries(agents).map(([name, run]) => defineAgent({ name, run })),
      queue: this.queue,
      desk: this.deskOf(id),
      artifacts: this.#client[0]?.artifacts as Store['artifacts'],
      clock: this.clock,
      random: this.random,
    });
    host.start();
    return host;
  }

  /** The host's side: the first owner that answers is heard. */
  deskOf(host: string): ClaimDesk {
    const owners = (execution: string): ServedDesk[] =>
      [...(this.desks[this.partitionOf(execution)] ?? [])].filter((desk) => desk.mayAnswer());
    return {
      claim: (request) => {
        const asked = owners(request.execution).map((desk) => desk.claim(request));
        return asked.length === 0 ? Promise.reject(new Error('nobody answers')) : Promise.race(asked);
      },
      heartbeat: (beats) =>
        Promise.all(
          beats.map(async (beat) => {
            const [desk] = owners(beat.execution);
            return (await desk?.heartbeat([beat], host))?.[0] ?? 'unknown';
          }),
        ),
      report: async (report) => {
        await this.logOf(report.execution).append(recordOf(report, host));
      },
      onCancel: (id, listener) => {
        this.cancelListeners.set(id, listener);
        return () => this.cancelListeners.delete(id);
      },
    };
  }

  async settle(): Promise<void> {
    for (let turn = 0; turn < 30; turn += 1) await this.clock.advance(0);
  }

  async advance(ms: number): Promise<void> {
    await this.clock.advance(ms);
    await this.settle();
  }

  #clientOf(execution: string): Store {
    return this.#client[this.partitionOf(execution)] as Store;
  }
}

class CountedSnapshots extends MemoryPartitionSnapshots {
  puts = 0;
  #isForgotten = false;

  /** From now on there are none: whoever takes over reads the whole log. */
  forget(): void {
    this.#isForgotten = true;
  }

  override async latest(partition: number): Promise<StoredPartition | undefined> {
    return this.#isForgotten ? undefined : super.latest(partition);
  }

  override put(snapshot: StoredPartition): Promise<void> {
    this.puts += 1;
    return super.put(snapshot);
  }
}

/** One orchestrator's process, which can stand still and go on, or be gone. */
export class Member {
  readonly clock: Clock;
  readonly #cluster: Cluster;
  readonly #stores: readonly Store[];
  readonly #held: (() => void)[] = [];
  readonly #id: string;
  #isStopped = false;
  #isDead = false;

  /** @param aheadMs by how much its clock is ahead of the logs' */
  constructor(cluster: Cluster, id: string, aheadMs: number) {
    this.#cluster = cluster;
    this.#id = id;
    this.#stores = cluster.worlds.map((world) =>
      createMemoryStore({ clock: cluster.clock, random: cluster.random, world }),
    );
    const { clock } = cluster;
    this.clock = {
      now: () => clock.now() + aheadMs,
      monotonic: () => clock.monotonic(),
      schedule: (delayMs, callback) => clock.schedule(delayMs, () => this.#run(callback)),
      soon: (callback) => clock.soon(() => this.#run(callback)),
    };
  }

  /** As SIGSTOP does: timers and what comes from others wait. */
  stop(): void {
    this.#isStopped = true;
  }

  /** As SIGCONT does. */
  continue(): void {
    this.#isStopped = false;
    for (const callback of this.#held.splice(0)) callback();
  }

  /** As SIGKILL does. */
  async die(): Promise<void> {
    this.#isDead = true;
    await Promise.all(this.#stores.map((store) => store.close()));
  }

  space(): PartitionSpace {
    const cluster = this.#cluster;
    const { queue, queued, board } = cluster;
    return {
      partitions: PARTITIONS,
      logOf: (partition) => this.#logOf(partition),
      silenceOf: () => 0,
      responses: cluster.responses,
      artifacts: {
        put: async () => {
          throw new Error('every value here is small');
        },
        // Whatever was started was pinned by its client.
        get: (digest) => firstOf(this.#stores.map(({ artifacts }) => artifacts.get(digest))),
        has: async () => true,
      },
      snapshots: { put: async () => undefined, latest: async () => undefined, remove: async () => undefined },
      partitionSnapshots: cluster.snapshots,
      leases: {
        put: (key, entry) => (this.#isDead ? never() : board.put(key, entry)),
        remove: (key) => (this.#isDead ? never() : board.remove(key)),
        get: (key) => board.get(key),
        watch: (listener) => board.watch((key, entry) => this.#run(() => listener(key, entry))),
      },
      queue: {
        offer: (offer) => {
          if (this.#isDead) return;
          queued.add(offer.id);
          queue.offer(offer);
        },
        withdraw: (id) => queue.withdraw(id),
        consume: (consumer) => queue.consume(consumer),
        missing: async (offers: readonly Offer[]) => offers,
      },
      serveDesk: async (partition, desk) => {
        const served: ServedDesk = {
          ...desk,
          mayAnswer: () => !this.#isDead && !this.#isStopped && desk.mayAnswer(),
        };
        cluster.desks[partition]?.add(served);
        const stop = async (): Promise<void> => void cluster.desks[partition]?.delete(served);
        return { stop, [Symbol.asyncDispose]: stop };
      },
      confirm: (host, reportId, grant) => {
        cluster.confirmed.add(reportId);
        if (grant === undefined) return;
        cluster.grants.set(reportId, [...(cluster.grants.get(reportId) ?? []), { host, grant }]);
      },
      cancel: (host, beat, reason) => cluster.cancelListeners.get(host)?.(beat, reason),
      notify: () => undefined,
      onReconnect: () => () => undefined,
      tokenKey: async () => 'key',
    };
  }

  get id(): string {
    return this.#id;
  }

  /** What the log hands over waits as well while the process stands still. */
  #logOf(partition: number): EventLog {
    const { log } = this.#stores[partition] as Store;
    return {
      append: (record) => (this.#isDead ? never() : log.append(record)),
      read: (execution, options) => log.read(execution, options),
      head: () => log.head(),
      executions: (after) => log.executions(after),
      follow: (follower, after, options) =>
        log.follow(
          {
            fold: (records) => this.#run(() => follower.fold(records)),
            durable: (position) => this.#run(() => follower.durable(position)),
            retracted: (position, cause) => this.#run(() => follower.retracted(position, cause)),
          },
          after,
          options,
        ),
    };
  }

  #run(callback: () => void): void {
    if (this.#isDead) return;
    if (this.#isStopped) this.#held.push(callback);
    else callback();
  }
}

function recordOf({ reportId, execution, role, result, ...report }: AttemptReport, host: string) {
  const { kind, ...said } = result;
  const type = RECORD_TYPE_OF[kind];
  return {
    id: reportId,
    execution,
    source: `agent.${role}` as const,
    type,
    data: { ...report, host, ...said } as unknown as Json,
  };
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}

function firstOf<T>(promises: readonly Promise<T>[]): Promise<T> {
  return Promise.any(promises);
}
