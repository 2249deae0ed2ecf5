import type { StepStrategy } from '../engine/evaluate.ts';
import type { Inspect } from '../engine/fold.ts';
import type { LifecycleEvent } from '../engine/lifecycle.ts';
import type { EngineLogger } from '../engine/surroundings.ts';
import type { EngineTracing } from '../engine/tracing.ts';
import type { EngineWatcher } from '../engine/watchers.ts';
import type { Clock } from '../ports/clock.ts';
import type { Notifier } from '../ports/notifier.ts';
import type { OwnerInfo } from '../ports/ownership.ts';
import type { PartitionSpace } from '../ports/partition-space.ts';
import type { Random } from '../ports/random.ts';
import type { WorkingFiles } from '../ports/working-files.ts';
import type { AggregateRegistry } from '../task/aggregate.ts';
import { Membership } from './membership.ts';
import { PartitionOwner } from './partition-owner.ts';
import { movesFor } from './spread.ts';

export interface OrchestratorOptions {
  readonly space: PartitionSpace;
  /** This process, as the others see it. */
  readonly self: OwnerInfo;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger?: EngineLogger | undefined;
  /** How long a claim holds without a heartbeat, in ms. Default 10,000. */
  readonly leaseMs?: number | undefined;
  /** After so long without a sign of life another orchestrator takes over, in ms. Default 2,000. */
  readonly ownerLeaseMs?: number | undefined;
  /** Whether an orchestrator is known to be gone although its lease is not over. Default: none is. */
  readonly isGone?: ((holder: OwnerInfo) => boolean) | undefined;
  readonly strategies?: ReadonlyMap<string, StepStrategy> | undefined;
  readonly aggregates?: AggregateRegistry | undefined;
  readonly notifier?: Notifier | undefined;
  /** What people approve may lie here. */
  readonly files?: WorkingFiles | undefined;
  /** Makes traces of the work. Absent: nobody does. */
  readonly tracing?: EngineTracing | undefined;
  /** Watches each engine of this process. */
  readonly watcher?: EngineWatcher | undefined;
  readonly inspect?: Inspect | undefined;
  readonly onEvent?: ((event: LifecycleEvent) => void) | undefined;
  /** The partitions that this process drives have changed. */
  readonly onPartitions?: ((held: readonly number[]) => void) | undefined;
}

const OWNER_LEASE_MS = 2_000;
/** Shorter than in one process, where a claim dies with its host: here nothing else tells that a host is gone. */
const CLAIM_LEASE_MS = 10_000;
const BEATS_PER_LEASE = 5;

/**
 * Drives its share of the executions of a namespace, beside any number of others.
 *
 * 1. Who lives and who holds what is a hint: two owners of a partition do the same work twice, and the fold takes each record once
 *    (I1, I3).
 * 2. One that could not say for half its lease that it lives, or whose reader is silent, answers no host.
 * 3. What is let go of in order is taken at once, what a dead one held after its lease.
 */
export class Orchestrator implements AsyncDisposable {
  readonly #options: OrchestratorOptions;
  readonly #ownerLeaseMs: number;
  readonly #membership: Membership;
  readonly #owners = new Map<number, PartitionOwner>();
  /** Partitions being started or stopped. */
  readonly #moving = new Map<number, Promise<void>>();
  #tokenKey = '';
  #cancelTick: (() => void) | undefined;
  #stopListening: (() => void) | undefined;
  #isTurnDue = false;
  #stopping: Promise<void> | undefined;

  private constructor(options: OrchestratorOptions) {
    const { space, self, clock } = options;
    this.#options = options;
    this.#ownerLeaseMs = options.ownerLeaseMs ?? OWNER_LEASE_MS;
    this.#membership = new Membership({
      board: space.leases,
      self,
      partitions: space.partitions,
      clock,
      leaseMs: this.#ownerLeaseMs,
      isGone: options.isGone,
      onChange: () => this.#turnSoon(),
    });
  }

  /** Joins the others; partitions follow as they become free. */
  static async start(options: OrchestratorOptions): Promise<Orchestrator> {
    const orchestrator = new Orchestrator(options);
    orchestrator.#tokenKey = await options.space.tokenKey();
    await orchestrator.#membership.join();
    orchestrator.#stopListening = options.space.onReconnect(() => orchestrator.#refresh());
    orchestrator.#scheduleTick();
    orchestrator.#turnSoon();
    return orchestrator;
  }

  /** The partitions that this process drives, ascending. */
  get held(): readonly number[] {
    return [...this.#owners.keys()].sort((one, other) => one - other);
  }

  /** Executions in memory and parked, over all partitions that this process drives. */
  get owned(): { readonly resident: number; readonly parked: number } {
    let [resident, parked] = [0, 0];
    for (const { engine } of this.#owners.values()) {
      resident += engine?.owned.resident ?? 0;
      parked += engine?.owned.parked ?? 0;
    }
    return { resident, parked };
  }

  /** The owner of a partition in this process, once it drives it. */
  ownerOf(partition: number): PartitionOwner | undefined {
    return this.#owners.get(partition);
  }

  /** Lets go of everything in order: the others take it at once. May be called twice. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #stop(): Promise<void> {
    this.#cancelTick?.();
    this.#stopListening?.();
    await Promise.all(this.held.map((partition) => this.#release(partition)));
    await Promise.all(this.#moving.values());
    await this.#membership.leave();
  }

  #mayAnswer(partition: number): boolean {
    const limit = this.#ownerLeaseMs / 2;
    if (this.#stopping !== undefined || this.#membership.sinceRefresh >= limit) return false;
    return this.#options.space.silenceOf(partition) < this.#ownerLeaseMs;
  }

  #scheduleTick(): void {
    this.#cancelTick = this.#options.clock.schedule(this.#ownerLeaseMs / BEATS_PER_LEASE, () => {
      if (this.#stopping !== undefined) return;
      this.#scheduleTick();
      this.#refresh();
      this.#turn();
    });
  }

  #refresh(): void {
    this.#membership.refresh().catch((error: unknown) => {
      this.#options.logger?.debug(
        { error: String(error) },
        'the others could not be told that this one lives',
      );
    });
  }

  /** The board tells of many changes at once; one look at it is enough. */
  #turnSoon(): void {
    if (this.#isTurnDue) return;
    this.#isTurnDue = true;
    this.#options.clock.soon(() => {
      this.#isTurnDue = false;
      this.#turn();
    });
  }

  /** Looks at the board: gives up what somebody else holds, takes and releases what is due. */
  #turn(): void {
    if (this.#stopping !== undefined) return;
    const { self } = this.#options;
    const holders = this.#membership.holders();
    for (const partition of this.held) {
      if (holders[partition] !== self.process) this.#move(partition, () => this.#drop(partition));
    }
    // One that cannot be sure that it lives takes nothing.
    if (this.#membership.sinceRefresh >= this.#ownerLeaseMs / 2) return;
    const { take, release } = movesFor({
      self: self.process,
      members: this.#membership.members(),
      holders,
    });
    for (const partition of release) this.#move(partition, () => this.#release(partition));
    for (const partition of take) this.#move(partition, () => this.#take(partition));
    // Those that the others take for held here, since taking them failed half-way: nobody else will.
    for (const [partition, holder] of holders.entries()) {
      if (holder === self.process && !this.#owners.has(partition))
        this.#move(partition, () => this.#take(partition));
    }
    if (take.length > 0) void this.#membership.bury().catch(() => undefined);
  }

  #move(partition: number, move: () => Promise<void>): void {
    if (this.#moving.has(partition)) return;
    const done = (): void => {
      this.#moving.delete(partition);
      this.#options.onPartitions?.(this.held);
    };
    const moving = move().then(
      () => {
        done();
        this.#turnSoon();
      },
      (error: unknown) => {
        // With the next tick it is tried again.
        done();
        this.#options.logger?.error({ partition, err: error }, 'a partition could not be moved');
      },
    );
    this.#moving.set(partition, moving);
  }

  async #take(partition: number): Promise<void> {
    await this.#membership.hold(partition);
    if (this.#stopping !== undefined) return this.#membership.letGo(partition);
    const { onPartitions: _, ownerLeaseMs: __, isGone: ___, ...options } = this.#options;
    const owner = new PartitionOwner({
      ...options,
      leaseMs: options.leaseMs ?? CLAIM_LEASE_MS,
      partition,
      tokenKey: this.#tokenKey,
      mayAnswer: () => this.#mayAnswer(partition),
    });
    this.#owners.set(partition, owner);
    try {
      await owner.start();
    } catch (error) {
      this.#owners.delete(partition);
      await owner.stop({ keep: false });
      throw error;
    }
  }

  /** Somebody else holds it now. */
  async #drop(partition: number): Promise<void> {
    const owner = this.#owners.get(partition);
    this.#owners.delete(partition);
    await owner?.stop({ keep: false });
  }

  async #release(partition: number): Promise<void> {
    const owner = this.#owners.get(partition);
    this.#owners.delete(partition);
    await owner?.stop({ keep: true });
    await this.#membership.letGo(partition).catch((error: unknown) => {
      this.#options.logger?.debug(
        { partition, error: String(error) },
        'a partition was not let go of in order',
      );
    });
  }
}
