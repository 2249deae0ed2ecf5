import type { RecordType } from '../../machines/records.ts';
import { executionMovedOn } from '../errors.ts';
import type { Json } from '../json.ts';
import type { ClaimDesk, Heartbeat, HeartbeatAnswer, NextAnswer, NextRequest } from '../ports/claim-desk.ts';
import type { LogFollower, LogRecord, Position, Subscription } from '../ports/event-log.ts';
import type { Offer } from '../ports/work-queue.ts';
import { NOT_NOW } from './awaited-controls.ts';
import { capture } from './capture.ts';
import type { Applied } from './delivery.ts';
import type { Begun, EngineOptions, StartRequest } from './engine-options.ts';
import { createParts, type EngineParts } from './engine-parts.ts';
import type { Fold } from './fold.ts';
import type { LifecycleEvent } from './lifecycle.ts';
import { loadFold, type Sources } from './load.ts';
import { outstandingOffers } from './outstanding-offers.ts';
import type { Partition } from './partition.ts';
import type { PartitionState } from './partition-state.ts';
import type { EngineWatcher } from './watchers.ts';

/** How often it is looked, while a log is read for the first time, whether it still goes as far as it did. */
const LOOK_FOR_TAIL_MS = 1_000;

/** How long a process that stops waits for people to be told; who was not is told by the next that drives the execution. */
const ANNOUNCED_MS = 3_000;

/**
 * The loop: reads the log in order, folds each record into its execution, and carries out what the state owes.
 *
 * 1. The log speaks first: what this process appends is folded only when the log hands it back, so its order is the log's.
 * 2. Nothing leaves the process before the records that caused it are durable. Only offers go out while a commit is open, since
 *    a claim they lead to is itself a record of that same commit, and work starts after it.
 * 3. Every effect may be carried out again: after a crash, a restore or a resume the state says what is owed.
 */
export class Engine implements LogFollower {
  readonly #options: EngineOptions;
  readonly #parts: EngineParts;
  #subscription: Subscription | undefined;
  #stopping: Promise<void> | undefined;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#parts = createParts(options, (position) => this.durable(position));
  }

  /** Where states are read from; for viewers that only look. */
  get sources(): Sources {
    return this.#parts.sources;
  }

  /** Where agent hosts claim and report. */
  get desk(): ClaimDesk {
    return this.#parts.desk;
  }

  /** What hosts of other processes are answered; a host keeps only its own claims alive. */
  answerBeats(beats: readonly Heartbeat[], host: string): Promise<readonly HeartbeatAnswer[]> {
    return this.#parts.desk.heartbeat(beats, host);
  }

  /** What hosts of other processes are answered about a claim that a report asked for; undefined: nothing can be said yet. */
  answerNext(request: NextRequest): Promise<NextAnswer | undefined> {
    return this.#parts.desk.answerNext(request);
  }

  /** The last record of a log that is driven as a whole. */
  get position(): Position {
    return this.#parts.partition?.last.position ?? 0;
  }

  /** Owned executions: in memory, and parked. */
  get owned(): { readonly resident: number; readonly parked: number } {
    return { resident: this.#parts.owned.residents.size, parked: this.#parts.owned.parked.size };
  }

  /** Ids of all owned executions. */
  get ownedIds(): readonly string[] {
    return this.#parts.owned.ids;
  }

  /** The state in memory, when the execution is owned and awake; for listeners, in the turn in which they are told. */
  present(execution: string): Fold | undefined {
    return this.#parts.owned.foldOf(execution);
  }

  /**
   * Begins to follow the log. An engine that drives all reads it from where `from` ends, else from its beginning, and resolves
   * when it has caught up and carries out what is owed.
   */
  async start(from?: PartitionState): Promise<void> {
    if (this.#subscription !== undefined) return;
    const { log } = this.#options.store;
    const head = await log.head();
    const { partition, partitionDriver } = this.#parts;
    if (partition === undefined || partitionDriver === undefined) {
      this.#subscription = log.follow(this, head);
      return;
    }
    if (from !== undefined && from.position > head) {
      this.#options.onTruncated?.();
      return;
    }
    partition.begin(from, head);
    if (from !== undefined) await partitionDriver.restore(from);
    if (this.#stopping !== undefined) return;
    const position = from?.position ?? 0;
    this.#subscription = log.follow(this, position);
    if (position >= head) partitionDriver.finishCatchingUp();
    this.#lookForTail(partition);
    await partition.caughtUp;
  }

  /** Offers that have been out for so long and not been claimed, for whoever looks whether the queue still has them. */
  outstanding(forMs: number): readonly Offer[] {
    const { clock, queue } = this.#options;
    return outstandingOffers(forMs, { residents: this.#parts.owned.residents.values(), clock, queue });
  }

  /** The state of all executions, for whoever takes the partition over; undefined before this engine knows it. */
  async capture(): Promise<PartitionState | undefined> {
    const { partition, owned } = this.#parts;
    if (partition === undefined || partition.isCatchingUp) return undefined;
    return capture({ partition, owned, clock: this.#options.clock });
  }

  /** Stops folding and carrying out; executions stay as the log has them. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /**
   * @param options `steps`: whether to hear of steps as well. Default true
   * @returns how to stop listening
   */
  listen(
    listener: (event: LifecycleEvent) => void,
    { steps = true }: { readonly steps?: boolean } = {},
  ): () => void {
    return this.#parts.listeners.add(listener, { steps });
  }

  /** @returns how to stop watching */
  watch(watcher: EngineWatcher): () => void {
    return this.#parts.watchers.add(watcher);
  }

  /** Tells listeners of something that never enters the log, such as an agent's progress. */
  tell(event: LifecycleEvent): void {
    this.#parts.listeners.tell(event);
  }

  /**
   * Starts an execution and owns it. Idempotent: the same id with the same task and input is attached to, adopting it when its
   * owner is gone.
   * @throws EXECUTION_EXISTS when the id belongs to another task or input; NOT_THE_OWNER when another process drives it
   */
  begin(request: StartRequest): Promise<Begun> {
    return this.#parts.arrivals.begin(request);
  }

  /**
   * Takes an execution that no living process owns, reads it from the log and goes on with it.
   * @throws EXECUTION_UNKNOWN, NOT_THE_OWNER
   */
  adopt(execution: string): Promise<void> {
    return this.#parts.arrivals.adopt(execution);
  }

  /** Adopts every execution that nobody alive drives; returns those that were taken. */
  adoptOrphans(): Promise<readonly string[]> {
    return this.#parts.arrivals.adoptOrphans();
  }

  /** Resolves with the folded state once the execution has ended and nothing of it runs any more. */
  ended(execution: string): Promise<Fold> {
    const resident = this.#parts.owned.residents.get(execution);
    // Somebody is still being told of it.
    if (resident?.hasToldEnd === true && resident.fold !== undefined) return Promise.resolve(resident.fold);
    if (this.#parts.owned.has(execution)) return this.#parts.endings.of(execution);
    return this.state(execution).then((fold) => {
      if (fold?.hasEnded) return fold;
      throw executionMovedOn(execution);
    });
  }

  /** The present state: from memory when it is owned and awake, else read from the log. */
  async state(execution: string): Promise<Fold | undefined> {
    return this.#parts.owned.foldOf(execution) ?? loadFold(execution, this.#parts.sources);
  }

  /** Appends a control record; for an owned execution the answer says whether the fold took it. */
  async control(execution: string, type: RecordType, data: Json): Promise<Applied | undefined> {
    const record = this.#parts.appender.create(execution, 'control', type, data);
    const answer = this.#parts.owned.has(execution) ? this.#parts.controls.of(record.id) : undefined;
    try {
      await this.#options.store.log.append(record);
    } catch (error) {
      this.#parts.controls.drop(record.id);
      throw error;
    }
    return answer;
  }

  /** The log's voice, see {@link LogFollower}. */
  fold(records: readonly LogRecord[]): void {
    const { owned, driver, reader, partition, partitionDriver } = this.#parts;
    for (const record of records) {
      const resident = owned.residents.get(record.execution);
      if (resident !== undefined) driver.take(resident, record);
      else if (owned.parked.has(record.execution)) reader.wake(record);
      else if (partitionDriver?.meet(record) !== true) this.#pass(record);
    }
    const last = records.at(-1);
    if (last !== undefined) partition?.pass(last);
  }

  /** The log's voice, see {@link LogFollower}. */
  durable(position: Position): void {
    const { commit, departures, partition, partitionDriver } = this.#parts;
    commit.close((resident) => departures.settle(resident));
    if (partition?.isDone(position) === true) partitionDriver?.finishCatchingUp();
  }

  /** The log's voice, see {@link LogFollower}. */
  retracted(position: Position, cause: unknown): void {
    const { logger, onTruncated } = this.#options;
    if (this.#parts.partition !== undefined) {
      logger?.error({ error: String(cause), position }, 'the log lost its tail');
      onTruncated?.();
      return;
    }
    logger?.warn({ error: String(cause) }, 'a commit failed; reading the executions again');
    this.#parts.reader.takeBack(position);
  }

  /** A log that loses its tail before it was read to there would otherwise be waited for until others have written as much again. */
  #lookForTail(partition: Partition): void {
    const { clock, store } = this.#options;
    if (!partition.isCatchingUp || this.#stopping !== undefined) return;
    clock.schedule(LOOK_FOR_TAIL_MS, () => {
      store.log.head().then(
        (head) => {
          partition.shorten(head);
          if (partition.isCatchingUp) this.durable(0);
          this.#lookForTail(partition);
        },
        // A server that does not answer is asked again.
        () => this.#lookForTail(partition),
      );
    });
  }

  async #stop(): Promise<void> {
    await this.#parts.effects.announced(ANNOUNCED_MS);
    const { appender, timers, recovery, desk, arrivals, departures, owned, partition } = this.#parts;
    for (const part of [appender, timers, recovery, desk, arrivals]) part.stop();
    await this.#subscription?.stop();
    const { ids } = owned;
    const folds = [...owned.residents.values()].flatMap(({ fold }) => fold ?? []);
    owned.clear();
    partition?.finish();
    if (partition === undefined) await Promise.all(folds.map((fold) => departures.keepSnapshot(fold)));
    await Promise.all(ids.map((execution) => owned.release(execution)));
    const { endings, controls, effects } = this.#parts;
    endings.abandon();
    controls.abandon();
    await effects.settled();
  }

  /** A record of an execution that is not driven here. */
  #pass(record: LogRecord): void {
    const { controls, partition, desk, commit } = this.#parts;
    if (record.source === 'control') {
      const answer = controls.answer(record, NOT_NOW);
      if (answer !== undefined) commit.after(answer);
      if (this.#options.adoptsOthers === true) commit.after(() => void this.#tryToAdopt(record.execution));
    } else if (partition?.isCatchingUp !== true) {
      const answer = desk.pass(record);
      if (answer !== undefined) commit.after(answer);
    }
  }

  async #tryToAdopt(execution: string): Promise<void> {
    try {
      await this.adopt(execution);
    } catch (error) {
      this.#options.logger?.debug({ execution, err: error }, 'left to its owner');
    }
  }
}
