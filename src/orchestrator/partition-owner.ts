import { createHmac } from 'node:crypto';
import { Engine } from '../engine/engine.ts';
import type { StepStrategy } from '../engine/evaluate.ts';
import type { Inspect } from '../engine/fold.ts';
import type { LifecycleEvent } from '../engine/lifecycle.ts';
import { type PartitionState, parsePartitionState } from '../engine/partition-state.ts';
import type { EngineLogger } from '../engine/surroundings.ts';
import type { EngineTracing } from '../engine/tracing.ts';
import type { EngineWatcher } from '../engine/watchers.ts';
import type { Json } from '../json.ts';
import type { ClaimRequest, NextGrant } from '../ports/claim-desk.ts';
import type { Clock } from '../ports/clock.ts';
import type { Subscription } from '../ports/event-log.ts';
import type { Notifier } from '../ports/notifier.ts';
import type { OwnerInfo, Ownership } from '../ports/ownership.ts';
import type { PartitionSpace } from '../ports/partition-space.ts';
import type { Random } from '../ports/random.ts';
import type { WorkingFiles } from '../ports/working-files.ts';
import type { AggregateRegistry } from '../task/aggregate.ts';
import { LightRequests } from './light-requests.ts';

export interface PartitionOwnerOptions {
  readonly space: PartitionSpace;
  readonly partition: number;
  readonly self: OwnerInfo;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger?: EngineLogger | undefined;
  readonly leaseMs?: number | undefined;
  readonly strategies?: ReadonlyMap<string, StepStrategy> | undefined;
  readonly aggregates?: AggregateRegistry | undefined;
  readonly notifier?: Notifier | undefined;
  /** What people approve may lie here. */
  readonly files?: WorkingFiles | undefined;
  readonly tokenKey: string;
  readonly mayAnswer: () => boolean;
  /** Makes traces of the work. Absent: nobody does. */
  readonly tracing?: EngineTracing | undefined;
  /** Watches the engine. */
  readonly watcher?: EngineWatcher | undefined;
  readonly inspect?: Inspect | undefined;
  readonly onEvent?: ((event: LifecycleEvent) => void) | undefined;
}

/** After a partition could not be read. */
const START_AGAIN_MS = 1_000;
/** How often it is looked whether what is offered is still in the queue. */
const RECONCILE_MS = 2_000;
/** How long an offer may be out before it is missed: a claim for it may be on its way. */
const OFFER_PATIENCE_MS = 3_000;
/** After a lost connection offers that were under way are looked for at once, when the queue's server has had time to come up. */
const LOOK_AGAIN_MS = 200;
/** How often the partition's state may be kept, and how much must have happened since. */
const SNAPSHOT_MS = 10_000;
const SNAPSHOT_RECORDS = 1_000;

/** One partition in this process: an engine on its log, the desk that hosts reach, and what keeps both whole. */
export class PartitionOwner {
  readonly partition: number;
  readonly #options: PartitionOwnerOptions;
  readonly #requests: LightRequests;
  #engine: Engine | undefined;
  #serving: Subscription | undefined;
  #cancelRound: (() => void) | undefined;
  #cancelSnapshot: (() => void) | undefined;
  #stopListening: (() => void) | undefined;
  #keptAt = 0;
  #keeping: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(options: PartitionOwnerOptions) {
    this.#options = options;
    this.#requests = new LightRequests(options.space.artifacts);
    this.partition = options.partition;
  }

  get engine(): Engine | undefined {
    return this.#engine;
  }

  /** Reads the partition, from its snapshot where that fits, and begins to drive it. */
  async start(): Promise<void> {
    const { space, partition, mayAnswer } = this.#options;
    const state = await this.#stored();
    if (this.#isStopped) return;
    this.#keptAt = state?.position ?? 0;
    const engine = this.#createEngine();
    this.#engine = engine;
    await engine.start(state);
    // The log may have turned out to be another one meanwhile.
    if (this.#isStopped || this.#engine !== engine) return;
    this.#serving = await space.serveDesk(partition, {
      mayAnswer,
      claim: async (request) => this.#requests.lighten(await engine.desk.claim(request)),
      next: async (request) => {
        const answer = await engine.answerNext(request);
        return answer && this.#requests.lighten(answer);
      },
      heartbeat: (beats, host) => engine.answerBeats(beats, host),
    });
    if (this.#isStopped) return void (await this.#serving.stop());
    this.#stopListening = space.onReconnect(() => {
      this.#options.clock.schedule(LOOK_AGAIN_MS, () => void this.#reconcile(0));
    });
    this.#scheduleRound();
    this.#scheduleSnapshot();
  }

  /** @param keep write the partition's state for whoever comes next; not by one that was taken over already */
  async stop({ keep }: { readonly keep: boolean }): Promise<void> {
    this.#isStopped = true;
    this.#cancelRound?.();
    this.#cancelSnapshot?.();
    this.#stopListening?.();
    await this.#serving?.stop();
    await this.#keeping;
    if (keep) await this.#keep();
    await this.#engine?.stop();
  }

  #createEngine(): Engine {
    const { space, partition, self, clock, random, logger, tokenKey, onEvent, ...rest } = this.#options;
    const engine = new Engine({
      store: {
        log: space.logOf(partition),
        snapshots: space.snapshots,
        artifacts: space.artifacts,
        responses: space.responses,
        ownership: ownsAll(self),
        // Agents run in hosts of their own, which look after their processes.
        processGroups: { killLeftovers: async () => [] },
      },
      queue: space.queue,
      clock,
      random,
      logger,
      leaseMs: rest.leaseMs,
      strategies: rest.strategies,
      aggregates: rest.aggregates,
      notifier: rest.notifier,
      files: rest.files,
      tracing: rest.tracing,
      inspect: rest.inspect,
      drivesAll: true,
      hostsDieWithOwner: false,
      tokenOf: (request) => tokenOf(request, tokenKey),
      mayClaimAhead: rest.mayAnswer,
      onReport: (host, reportId, next) => void this.#confirm(host, reportId, next),
      onCancel: (host, beat, reason) => space.cancel(host, beat, reason),
      onTruncated: () => void this.#startAgain(),
    });
    engine.listen((event) => space.notify(event.id, event.type, { ...event } as unknown as Json), {
      steps: false,
    });
    if (onEvent !== undefined) engine.listen(onEvent);
    if (rest.watcher !== undefined) engine.watch(rest.watcher);
    return engine;
  }

  /** One who may not answer does not tell of a claim; the host asks the one who may. */
  async #confirm(host: string, reportId: string, next: NextGrant | undefined): Promise<void> {
    const { space, mayAnswer, logger, partition } = this.#options;
    if (next === undefined) {
      space.confirm(host, reportId);
      return;
    }
    try {
      const granted = await this.#requests.lighten(next);
      if (granted.kind === 'granted' && mayAnswer()) space.confirm(host, reportId, granted);
    } catch (error) {
      logger?.debug({ partition, error: String(error) }, 'a host was not told what it may go on with');
    }
  }

  /** The log is not the one that was folded: nothing of this process's state can be trusted. */
  async #startAgain(): Promise<void> {
    const { logger, partition, clock } = this.#options;
    if (this.#isStopped) return;
    this.#cancelRound?.();
    this.#cancelSnapshot?.();
    this.#stopListening?.();
    const engine = this.#engine;
    this.#engine = undefined;
    try {
      await this.#serving?.stop();
      await this.#keeping;
      await engine?.stop();
      if (this.#isStopped) return;
      logger?.warn({ partition }, 'reading the partition again');
      await this.start();
    } catch (error) {
      logger?.error({ partition, err: error }, 'the partition could not be read again; trying later');
      clock.schedule(START_AGAIN_MS, () => void this.#startAgain());
    }
  }

  /** The partition's state as it was kept, when the log still holds all that is in it. */
  async #stored(): Promise<PartitionState | undefined> {
    const { space, partition, logger } = this.#options;
    try {
      const stored = await space.partitionSnapshots.latest(partition);
      if (stored === undefined) return undefined;
      const state = parsePartitionState(stored.body);
      if (state === undefined) throw new Error('it is no state of a partition');
      const { execution, position, record } = state.mark;
      const [last] = await space
        .logOf(partition)
        .read(execution, { after: position - 1, upTo: position, limit: 1 });
      if (last?.id === record) return state;
      logger?.warn(
        { partition, position },
        'the log does not hold what the snapshot holds; reading all of it',
      );
    } catch (error) {
      logger?.warn({ partition, error: String(error) }, 'the snapshot cannot be read; reading the whole log');
    }
    return undefined;
  }

  #scheduleRound(): void {
    this.#cancelRound = this.#options.clock.schedule(RECONCILE_MS, () => {
      void this.#reconcile(OFFER_PATIENCE_MS).finally(() => {
        if (!this.#isStopped) this.#scheduleRound();
      });
    });
  }

  /** Offers again what is owed, has been out for a while, and is not in the queue: it was lost, or its taker was. */
  async #reconcile(patienceMs: number): Promise<void> {
    if (this.#isStopped) return;
    const { space, logger, mayAnswer, partition } = this.#options;
    const outstanding = this.#engine?.outstanding(patienceMs) ?? [];
    // Right after a lost connection nobody knows yet who drives: offering what is there already does no harm.
    if (outstanding.length === 0 || (patienceMs > 0 && !mayAnswer())) return;
    try {
      for (const offer of await space.queue.missing(outstanding)) space.queue.offer(offer);
    } catch (error) {
      logger?.debug({ partition, error: String(error) }, 'the queue could not be looked at');
    }
  }

  #scheduleSnapshot(): void {
    this.#cancelSnapshot = this.#options.clock.schedule(SNAPSHOT_MS, () => {
      const position = this.#engine?.position ?? 0;
      if (position - this.#keptAt >= SNAPSHOT_RECORDS) this.#keeping = this.#keep();
      void this.#keeping.finally(() => {
        if (!this.#isStopped) this.#scheduleSnapshot();
      });
    });
  }

  async #keep(): Promise<void> {
    const { space, partition, logger } = this.#options;
    try {
      const state = await this.#engine?.capture();
      if (state === undefined || state.position <= this.#keptAt) return;
      const { position, mark } = state;
      await space.partitionSnapshots.put({ partition, position, mark, body: JSON.stringify(state) });
      this.#keptAt = position;
    } catch (error) {
      logger?.warn({ partition, error: String(error) }, "the partition's snapshot was not kept");
    }
  }
}

/** The same for the same claim, whoever owns the partition; nobody without the key can make it. */
function tokenOf({ execution, step, attempt, claimId, host }: ClaimRequest, key: string): string {
  return createHmac('sha256', key)
    .update(JSON.stringify([execution, step, attempt, claimId, host]))
    .digest('base64url');
}

/** Who owns a partition owns its executions. */
function ownsAll(self: OwnerInfo): Ownership {
  return {
    self,
    take: async () => ({ taken: true }),
    release: async () => undefined,
    ownerOf: async () => self,
    orphans: async () => [],
    markEnded: async () => undefined,
    markLive: async () => undefined,
  };
}
