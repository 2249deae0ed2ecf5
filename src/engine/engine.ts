import type { RecordType } from '../../machines/records.ts';
import { executionMovedOn, executionUnknown, notTheOwner, TroupeError } from '../errors.ts';
import type { Json } from '../json.ts';
import type { ClaimDesk, Heartbeat, HeartbeatAnswer } from '../ports/claim-desk.ts';
import type { LogFollower, LogRecord, NewRecord, Position, Subscription } from '../ports/event-log.ts';
import type { Taken } from '../ports/ownership.ts';
import type { Offer } from '../ports/work-queue.ts';
import { Appender } from './appender.ts';
import { AwaitedControls, NOT_NOW } from './awaited-controls.ts';
import type { Applied } from './delivery.ts';
import { Desk } from './desk.ts';
import { Effects } from './effects.ts';
import { Endings } from './endings.ts';
import type { Begun, EngineOptions, StartRequest } from './engine-options.ts';
import { Fold } from './fold.ts';
import { FoldFailure } from './fold-failure.ts';
import type { FoldSnapshot } from './fold-snapshot.ts';
import { changesSince, type LifecycleEvent, standingOf, stepEventOf } from './lifecycle.ts';
import { Listeners } from './listeners.ts';
import { beginFold, foldLog, loadFold, type Sources, startIn } from './load.ts';
import { type Parked, Partition, REOPENING } from './partition.ts';
import type { PartitionState } from './partition-state.ts';
import { digestOf, type IndexedPinned } from './pinned.ts';
import { Pins } from './pins.ts';
import { Recovery } from './recovery.ts';
import { Resident } from './resident.ts';
import { taskRules } from './rules.ts';
import { assertSameStart, findStart, startData } from './start-record.ts';
import { Timers } from './timers.ts';

const DEFAULT_LEASE_MS = 30_000;

/** Executions with fewer records are folded again from the log when they wake: cheaper than writing a snapshot for each. */
const SNAPSHOT_AFTER_RECORDS = 64;

/** Between two turns of the event loop while the state of a partition is taken. */
const CAPTURED_AT_ONCE = 16;

/** While a long log is read, those that wait are kept in memory up to here: waking one costs a reading of its own. */
const PARK_WHILE_READING_ABOVE = 4096;

/** Ends that are not older than that are told again by who takes a partition over. */
const RETOLD_MS = 60_000;

const PARKED: Parked = { timers: [] };

/** How many executions are adopted at once, so that their writes share commits. */
const ADOPTED_AT_ONCE = 64;

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
  readonly #sources: Sources;
  readonly #appender: Appender;
  readonly #desk: Desk;
  readonly #effects: Effects;
  readonly #timers: Timers;
  readonly #recovery: Recovery;
  readonly #residents = new Map<string, Resident>();
  /** Owned executions that wait for a record and are not in memory, with their deadlines where this engine drives all. */
  readonly #parked = new Map<string, Parked>();
  /** When this engine drives every execution of its log. */
  readonly #partition: Partition | undefined;
  readonly #endings = new Endings();
  readonly #controls = new AwaitedControls();
  readonly #listeners: Listeners;
  /** Work to do once the open commit is durable, in order. */
  #afterCommit: (() => void)[] = [];
  readonly #touched = new Set<Resident>();
  #subscription: Subscription | undefined;
  #stopping: Promise<void> | undefined;
  /** Ends that were found while the log was read. */
  #untold: LifecycleEvent[] = [];

  constructor(options: EngineOptions) {
    this.#options = options;
    if (options.drivesAll === true) this.#partition = new Partition();
    this.#listeners = new Listeners(options.logger);
    const { log, snapshots, artifacts } = options.store;
    const rules = options.rules ?? taskRules;
    this.#sources = { log, snapshots, artifacts, pins: new Pins(artifacts), rules };
    this.#recovery = new Recovery(options.clock, (execution) => this.#catchUp(execution));
    const onLost = (execution: string) => this.#recovery.add(execution);
    const appender = new Appender({ ...options, onLost });
    const foldOf = (execution: string) => this.#residents.get(execution)?.fold;
    const desk = new Desk({
      ...options,
      appender,
      foldOf,
      isEnded: (execution) => this.#partition?.ended.has(execution) === true,
      onLost,
      leaseMs: options.leaseMs ?? DEFAULT_LEASE_MS,
    });
    const timers = new Timers(options.clock, (execution, timerId) => this.#timerDue(execution, timerId));
    this.#appender = appender;
    this.#desk = desk;
    this.#timers = timers;
    this.#effects = new Effects({
      ...options,
      strategies: options.strategies ?? new Map(),
      aggregates: options.aggregates,
      timers,
      desk,
      appender,
      afterCommit: (work) => this.#afterCommit.push(work),
    });
  }

  /** Where states are read from; for viewers that only look. */
  get sources(): Sources {
    return this.#sources;
  }

  /** Where agent hosts claim and report. */
  get desk(): ClaimDesk {
    return this.#desk;
  }

  /** What hosts of other processes are answered; a host keeps only its own claims alive. */
  answerBeats(beats: readonly Heartbeat[], host: string): Promise<readonly HeartbeatAnswer[]> {
    return this.#desk.heartbeat(beats, host);
  }

  /** The last record of a log that is driven as a whole. */
  get position(): Position {
    return this.#partition?.last.position ?? 0;
  }

  /** Owned executions: in memory, and parked. */
  get owned(): { readonly resident: number; readonly parked: number } {
    return { resident: this.#residents.size, parked: this.#parked.size };
  }

  /** Ids of all owned executions. */
  get ownedIds(): readonly string[] {
    return [...this.#residents.keys(), ...this.#parked.keys()];
  }

  /** The state in memory, when the execution is owned and awake; for listeners, in the turn in which they are told. */
  present(execution: string): Fold | undefined {
    return this.#residents.get(execution)?.fold;
  }

  /**
   * Begins to follow the log. An engine that drives all reads it from where `from` ends, else from its beginning, and resolves
   * when it has caught up and carries out what is owed.
   */
  async start(from?: PartitionState): Promise<void> {
    if (this.#subscription !== undefined) return;
    const { log } = this.#options.store;
    const head = await log.head();
    if (this.#partition === undefined) {
      this.#subscription = log.follow(this, head);
      return;
    }
    this.#partition.begin(from, head);
    if (from !== undefined) await this.#restoreAll(from);
    if (this.#stopping !== undefined) return;
    const position = from?.position ?? 0;
    this.#subscription = log.follow(this, position);
    if (position >= head) this.#finishCatchingUp(this.#partition);
    await this.#partition.caughtUp;
  }

  /** Offers that have been out for so long and not been claimed, for whoever looks whether the queue still has them. */
  outstanding(forMs: number): readonly Offer[] {
    const now = this.#options.clock.monotonic();
    const found: Offer[] = [];
    for (const { fold, offered } of this.#residents.values()) {
      if (fold === undefined || offered.size === 0) continue;
      const owed = new Set(fold.owed().map(({ id }) => id));
      for (const [id, { offer, at }] of offered) {
        if (now - at < forMs) continue;
        if (owed.has(id)) {
          found.push(offer);
          continue;
        }
        // Given up meanwhile.
        offered.delete(id);
        this.#options.queue.withdraw(id);
      }
    }
    return found;
  }

  /**
   * The state of all executions, for whoever takes the partition over. Work goes on while it is taken, slice by slice: a part may
   * hold more than the position promises, never less.
   */
  async capture(): Promise<PartitionState | undefined> {
    const partition = this.#partition;
    if (partition === undefined || partition.isCatchingUp) return undefined;
    const { position } = partition.last;
    const parked = new Map(this.#parked);
    const ended = new Set(partition.ended);
    const unread = new Set(partition.unread);
    const residents: string[] = [];
    let taken = 0;
    for (const [execution, resident] of [...this.#residents]) {
      const isParked = this.#parked.has(execution);
      if (this.#residents.get(execution) === resident && resident.fold !== undefined) {
        residents.push(JSON.stringify(resident.fold.snapshot()));
      } else if (isParked) parked.set(execution, this.#parked.get(execution) ?? PARKED);
      else if (partition.ended.has(execution)) ended.add(execution);
      else unread.add(execution);
      taken += 1;
      if (taken % CAPTURED_AT_ONCE === 0) await new Promise<void>((go) => this.#options.clock.soon(go));
    }
    const mark = partition.last;
    return {
      position,
      mark,
      residents,
      parked: Array.from(parked, ([execution, { timers }]) => [execution, timers]),
      ended: [...ended],
      unread: [...unread],
    };
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
    return this.#listeners.add(listener, { steps });
  }

  /** Tells listeners of something that never enters the log, such as an agent's progress. */
  tell(event: LifecycleEvent): void {
    this.#listeners.tell(event);
  }

  /**
   * Starts an execution and owns it. Idempotent: the same id with the same task and input is attached to, adopting it when its
   * owner is gone.
   * @throws EXECUTION_EXISTS when the id belongs to another task or input; NOT_THE_OWNER when another process drives it
   */
  async begin({ execution, pinned, input, traceparent, isFresh = false }: StartRequest): Promise<Begun> {
    const indexed = await this.#sources.pins.pin(pinned);
    const inputDigest = digestOf(input);
    const isKnown = this.#owns(execution) || (!isFresh && (await this.#isKnown(execution)));
    // Looked at again: it may have been begun here meanwhile.
    if (isKnown || this.#owns(execution)) {
      await this.#residents.get(execution)?.start?.written;
      return this.#attach(execution, indexed, inputDigest);
    }
    const id = this.#options.random.id();
    const resident = new Resident(execution);
    this.#residents.set(execution, resident);
    const writing = this.#writeStart(id, execution, indexed, { input, inputDigest, traceparent });
    resident.start = { record: id, pinned: indexed, input, written: writing.catch(() => undefined) };
    try {
      const taken = await writing;
      if (taken.taken && resident.start !== undefined) return { execution, isNew: true };
      // Somebody else started this id in the same moment, and theirs came first.
      this.#forget(resident);
      return await this.#attach(execution, indexed, inputDigest);
    } catch (error) {
      this.#forget(resident);
      throw error;
    }
  }

  /**
   * Takes an execution that no living process owns, reads it from the log and goes on with it.
   * @throws EXECUTION_UNKNOWN, NOT_THE_OWNER
   */
  async adopt(execution: string): Promise<void> {
    if (this.#owns(execution)) return;
    const { ownership, processGroups } = this.#options.store;
    const taken = await ownership.take(execution);
    if (!taken.taken) throw notTheOwner(execution, taken.by);
    if (this.#owns(execution)) return;
    if (this.#stopping !== undefined) throw executionMovedOn(execution);
    const resident = new Resident(execution);
    this.#residents.set(execution, resident);
    try {
      await Promise.all([ownership.markLive(execution), processGroups.killLeftovers(execution)]);
      if (await this.#load(resident)) return;
    } catch (error) {
      this.#forget(resident);
      await this.#release(execution);
      throw error;
    }
    if (this.#residents.get(execution) !== resident) return;
    this.#forget(resident);
    await ownership.markEnded(execution);
    throw executionUnknown(execution);
  }

  /** Adopts every execution that nobody alive drives; returns those that were taken. */
  async adoptOrphans(): Promise<readonly string[]> {
    const orphans = (await this.#options.store.ownership.orphans()).filter(
      (execution) => !this.#owns(execution),
    );
    const taken: string[] = [];
    for (let at = 0; at < orphans.length; at += ADOPTED_AT_ONCE) {
      await Promise.all(
        orphans.slice(at, at + ADOPTED_AT_ONCE).map(async (execution) => {
          try {
            await this.adopt(execution);
            taken.push(execution);
          } catch (error) {
            this.#options.logger?.warn({ execution, err: error }, 'could not adopt the execution');
          }
        }),
      );
    }
    return taken;
  }

  /** Resolves with the folded state once the execution has ended and nothing of it runs any more. */
  ended(execution: string): Promise<Fold> {
    if (this.#owns(execution)) return this.#endings.of(execution);
    return this.state(execution).then((fold) => {
      if (fold?.hasEnded) return fold;
      throw executionMovedOn(execution);
    });
  }

  /** The present state: from memory when it is owned and awake, else read from the log. */
  async state(execution: string): Promise<Fold | undefined> {
    return this.#residents.get(execution)?.fold ?? loadFold(execution, this.#sources);
  }

  /** Appends a control record; for an owned execution the answer says whether the fold took it. */
  async control(execution: string, type: RecordType, data: Json): Promise<Applied | undefined> {
    const record = this.#appender.create(execution, 'control', type, data);
    const answer = this.#owns(execution) ? this.#controls.of(record.id) : undefined;
    try {
      await this.#options.store.log.append(record);
    } catch (error) {
      this.#controls.drop(record.id);
      throw error;
    }
    return answer;
  }

  /** The log's voice, see {@link LogFollower}. */
  fold(records: readonly LogRecord[]): void {
    for (const record of records) {
      const resident = this.#residents.get(record.execution);
      if (resident !== undefined) this.#take(resident, record);
      else if (this.#parked.has(record.execution)) this.#wake(record);
      else if (!this.#meets(record)) this.#pass(record);
    }
    const last = records.at(-1);
    if (last !== undefined) this.#partition?.pass(last);
  }

  /** The log's voice, see {@link LogFollower}. */
  durable(position: Position): void {
    const work = this.#afterCommit;
    this.#afterCommit = [];
    for (const act of work) act();
    for (const resident of this.#touched) this.#settle(resident);
    this.#touched.clear();
    if (this.#partition?.isDone(position) === true) this.#finishCatchingUp(this.#partition);
  }

  /** The log's voice, see {@link LogFollower}. */
  retracted(position: Position, cause: unknown): void {
    if (this.#partition !== undefined) {
      this.#options.logger?.error({ error: String(cause), position }, 'the log lost its tail');
      this.#options.onTruncated?.();
      return;
    }
    this.#options.logger?.warn({ error: String(cause) }, 'a commit failed; reading the executions again');
    this.#afterCommit = [];
    for (const { buffer } of this.#residents.values()) {
      while ((buffer.at(-1)?.position ?? 0) > position) buffer.pop();
    }
    for (const resident of this.#touched) {
      // What they owe is carried out a little later: it might be what filled the disk, again and again.
      this.#recovery.add(resident.execution);
      // What was folded and not told will be folded again, and told then.
      resident.standing = undefined;
      void this.#load(resident);
    }
    this.#touched.clear();
  }

  async #stop(): Promise<void> {
    this.#appender.stop();
    this.#timers.stop();
    this.#recovery.stop();
    this.#desk.stop();
    await this.#subscription?.stop();
    const owned = this.ownedIds;
    const folds = [...this.#residents.values()].flatMap(({ fold }) => fold ?? []);
    for (const resident of this.#residents.values()) resident.leave();
    this.#residents.clear();
    this.#parked.clear();
    this.#partition?.finish();
    if (this.#partition === undefined) await Promise.all(folds.map((fold) => this.#keepSnapshot(fold)));
    await Promise.all(owned.map((execution) => this.#release(execution)));
    this.#endings.abandon();
    this.#controls.abandon();
    await this.#effects.settled();
  }

  /** What cannot be released belongs to a process that is about to be gone, which says the same. */
  async #release(execution: string): Promise<void> {
    try {
      await this.#options.store.ownership.release(execution);
    } catch (error) {
      this.#options.logger?.warn({ error: String(error), execution }, 'the execution was not released');
    }
  }

  #forget(resident: Resident): void {
    if (this.#residents.get(resident.execution) === resident) this.#residents.delete(resident.execution);
    resident.leave();
  }

  #owns(execution: string): boolean {
    return this.#residents.has(execution) || this.#parked.has(execution);
  }

  async #isKnown(execution: string): Promise<boolean> {
    return (await this.#options.store.log.read(execution, { limit: 1 })).length > 0;
  }

  /** @throws EXECUTION_EXISTS, NOT_THE_OWNER */
  async #attach(execution: string, pinned: IndexedPinned, inputDigest: string): Promise<Begun> {
    const started = await findStart(execution, this.#options.store.log);
    if (started !== undefined) assertSameStart(started, pinned.definition.name, inputDigest);
    await this.adopt(execution);
    return { execution, isNew: false };
  }

  /** The ownership joins the commit of the first record. */
  async #writeStart(
    id: string,
    execution: string,
    pinned: IndexedPinned,
    given: Pick<StartRequest, 'input' | 'traceparent'> & { readonly inputDigest: string },
  ): Promise<Taken> {
    const { store } = this.#options;
    const data = await startData(pinned, given, store.artifacts);
    const record: NewRecord = { id, execution, source: 'control', type: 'execution.started', data };
    const [taken] = await Promise.all([store.ownership.take(execution), store.log.append(record)]);
    return taken;
  }

  #take(resident: Resident, record: LogRecord): void {
    if (resident.fold !== undefined) this.#apply(resident, resident.fold, record);
    else if (!this.#beginHere(resident, record)) resident.buffer.push(record);
  }

  /** Folds the start of an execution that this process started; false when it must be read from the log. */
  #beginHere(resident: Resident, record: LogRecord): boolean {
    const { start } = resident;
    if (start === undefined || record.type !== 'execution.started') return false;
    if (record.id !== start.record) {
      // Somebody else started this id in the same moment, and theirs came first.
      resident.start = undefined;
      return false;
    }
    resident.loads += 1;
    const fold = Fold.begin(record, start.pinned, start.input, this.#sources.rules);
    resident.fold = fold;
    this.#observe(resident, fold, record);
    this.#touched.add(resident);
    this.#carryOut(resident, fold);
    return true;
  }

  #carryOut(resident: Resident, fold: Fold): void {
    if (this.#partition?.isCatchingUp === true || resident.isReading) return;
    this.#effects.carryOut(resident, fold, fold.drain());
  }

  #apply(resident: Resident, fold: Fold, record: LogRecord): void {
    if (record.position <= fold.world.position) {
      // Part of what was read already.
      this.#answerRead(record, fold);
      return;
    }
    resident.keep(record);
    let applied: Applied;
    try {
      applied = fold.apply(record);
    } catch (failure) {
      if (!(failure instanceof FoldFailure)) throw failure;
      this.#options.logger?.error(
        { err: failure, execution: resident.execution },
        'a record cannot be folded',
      );
      resident.fold = undefined;
      resident.kept = undefined;
      // Whoever sent it still hears of it.
      resident.buffer.push(record);
      // Should the commit fail, it is read again with all that was touched.
      this.#touched.add(resident);
      this.#afterCommit.push(() => void this.#load(resident));
      return;
    }
    this.#touched.add(resident);
    if (this.#partition?.isCatchingUp === true) return;
    if (!applied.accepted && applied.reason === 'early-timer') this.#timers.wasEarly(record.at);
    const answer = this.#desk.hear(resident, fold, record, applied) ?? this.#controls.answer(record, applied);
    if (answer !== undefined) this.#afterCommit.push(answer);
    if (applied.accepted) {
      this.#observe(resident, fold, record);
      if (resident.questions.size > 0) this.#effects.hear(resident, fold, record);
    }
    this.#carryOut(resident, fold);
  }

  /** Whether the record begins or reopens an execution that is to be driven here. */
  #meets(record: LogRecord): boolean {
    const partition = this.#partition;
    if (partition === undefined) return false;
    const { execution, type } = record;
    const isEnded = partition.ended.has(execution);
    const isUnread = partition.unread.has(execution);
    const begins = type === 'execution.started' && !isEnded && !isUnread && startIn(record) !== undefined;
    const reopens = isEnded ? REOPENING.has(type) : isUnread && record.source === 'control';
    if (!begins && !reopens) return false;
    const resident = new Resident(execution);
    this.#residents.set(execution, resident);
    resident.buffer.push(record);
    if (begins) {
      void this.#open(resident, record);
    } else {
      partition.ended.delete(execution);
      partition.unread.delete(execution);
      this.#afterCommit.push(() => void this.#load(resident, record.position - 1));
    }
    return true;
  }

  /** Folds an execution from its first record, which stands in front of its buffer. */
  async #open(resident: Resident, record: LogRecord): Promise<void> {
    resident.loads += 1;
    const { loads } = resident;
    const hasRead = this.#partition?.beginReading();
    try {
      const fold = await beginFold(record, this.#sources);
      hasRead?.();
      if (resident.loads === loads && this.#residents.get(resident.execution) === resident) {
        resident.fold = fold;
        resident.kept = [record];
        this.#observe(resident, fold, record);
        this.#touched.add(resident);
        this.#foldBuffer(resident, fold);
      }
      this.durable(record.position);
    } catch (error) {
      hasRead?.();
      if (resident.loads === loads) await this.#giveUp(resident, error);
      this.durable(record.position);
    }
  }

  /** Folds what came while the execution was being read; what the states on the way owed is owed no more. */
  #foldBuffer(resident: Resident, fold: Fold): void {
    resident.isReading = true;
    for (const record of resident.buffer.splice(0)) this.#take(resident, record);
    resident.isReading = false;
    // A record that cannot be folded has it read again.
    if (resident.fold === fold && !this.#recovery.has(resident.execution)) this.#carryOut(resident, fold);
  }

  async #restoreAll(from: PartitionState): Promise<void> {
    for (const [execution, timers] of from.parked) this.#parked.set(execution, { timers });
    for (const text of from.residents) {
      const snapshot = JSON.parse(text) as FoldSnapshot;
      const resident = new Resident(snapshot.execution);
      this.#residents.set(snapshot.execution, resident);
      try {
        resident.fold = Fold.restore(
          snapshot,
          await this.#sources.pins.get(snapshot.pinned),
          this.#sources.rules,
        );
      } catch (error) {
        this.#options.logger?.warn(
          { execution: snapshot.execution, error: String(error) },
          'a snapshot does not fit; reading the log',
        );
        await this.#load(resident);
      }
    }
    for (const execution of from.unread) {
      const resident = new Resident(execution);
      this.#partition?.unread.delete(execution);
      this.#residents.set(execution, resident);
      await this.#load(resident);
    }
  }

  /** The log is read to its end as it was: from here on what the states owe is carried out. */
  #finishCatchingUp(partition: Partition): void {
    partition.finish();
    for (const [execution, { timers }] of this.#parked) {
      for (const { id, dueAt } of timers) this.#timers.arm(execution, id, dueAt);
    }
    for (const resident of this.#residents.values()) {
      const { fold } = resident;
      if (fold === undefined) continue;
      resident.standing = standingOf(fold);
      this.#recoverClaims(fold);
      this.#touched.add(resident);
      this.#effects.carryOut(resident, fold, fold.drain());
    }
    for (const event of this.#untold.splice(0)) this.tell(event);
    this.durable(partition.last.position);
  }

  /** A record of an execution that is not driven here. */
  #pass(record: LogRecord): void {
    if (record.source === 'control') {
      const answer = this.#controls.answer(record, NOT_NOW);
      if (answer !== undefined) this.#afterCommit.push(answer);
      if (this.#options.adoptsOthers === true) this.#consider(record.execution);
    } else if (this.#partition?.isCatchingUp !== true) {
      const answer = this.#desk.pass(record);
      if (answer !== undefined) this.#afterCommit.push(answer);
    }
  }

  #observe(resident: Resident, fold: Fold, record: LogRecord): void {
    if (!this.#listeners.isEmpty) {
      const step = this.#listeners.hearSteps ? stepEventOf(fold, record) : undefined;
      if (step !== undefined) this.#afterCommit.push(() => this.tell(step));
      for (const event of changesSince(resident.standing, fold, record)) {
        this.#afterCommit.push(() => this.tell(event));
      }
    }
    const { standing } = resident;
    if (standing?.status !== fold.status || standing.phases !== fold.context.phases) {
      resident.standing = standingOf(fold);
    }
  }

  /** A deadline that the state no longer holds is nobody's business any more. */
  #timerDue(execution: string, timerId: string): void {
    if (!this.#owns(execution)) return;
    const fold = this.#residents.get(execution)?.fold;
    if (fold === undefined || fold.owes(timerId))
      this.#appender.append(execution, 'timer.fired', { timerId });
  }

  /** After a commit: an execution that has ended and owes nothing leaves, one that only waits is parked. */
  #settle(resident: Resident): void {
    const { fold, execution } = resident;
    if (fold === undefined || this.#residents.get(execution) !== resident) return;
    this.#effects.dropEvaluations(resident, fold);
    if (fold.hasEnded) {
      if (fold.owed().length === 0) this.#finish(resident, fold);
    } else if (resident.isIdle) {
      this.#park(resident, fold);
    }
  }

  #finish(resident: Resident, fold: Fold): void {
    const { execution } = resident;
    this.#residents.delete(execution);
    this.#partition?.ended.add(execution);
    this.#retellLater(fold);
    resident.leave();
    this.#effects.withdrawOffers(resident);
    this.#endings.settle(
      execution,
      this.#options.store.ownership.markEnded(execution).then(() => fold),
    );
  }

  /** The owner before this one may have died before it told of an end. */
  #retellLater(fold: Fold): void {
    if (this.#partition?.isCatchingUp !== true) return;
    const { execution, position, now } = fold.world;
    if (now < this.#options.clock.now() - RETOLD_MS) return;
    const atWork = { status: 'running', phases: fold.context.phases };
    this.#untold.push(...changesSince(atWork, fold, { execution, position }));
  }

  #park(resident: Resident, fold: Fold): void {
    const partition = this.#partition;
    if (partition?.isCatchingUp === true && this.#residents.size < PARK_WHILE_READING_ABOVE) return;
    const owed = partition === undefined ? [] : fold.owed();
    const timers = owed.filter((effect) => effect.kind === 'timer');
    // While the log is being read, nothing that is owed has been begun.
    if (timers.length < owed.length) return;
    this.#residents.delete(resident.execution);
    const kept = resident.kept && JSON.stringify(resident.kept);
    this.#parked.set(
      resident.execution,
      timers.length === 0 && kept === undefined
        ? PARKED
        : { timers: timers.map(({ id, dueAt }) => ({ id, dueAt })), kept },
    );
    this.#effects.withdrawOffers(resident);
    void this.#keepSnapshot(fold);
  }

  async #keepSnapshot(fold: Fold): Promise<void> {
    if (fold.recordCount <= SNAPSHOT_AFTER_RECORDS) return;
    const { execution, position } = fold.world;
    try {
      await this.#options.store.snapshots.put({ execution, position, body: JSON.stringify(fold.snapshot()) });
    } catch (error) {
      this.#options.logger?.warn({ err: error, execution }, 'the snapshot was not kept');
    }
  }

  #wake(record: LogRecord): void {
    const resident = new Resident(record.execution);
    const { kept } = this.#parked.get(record.execution) ?? PARKED;
    this.#parked.delete(record.execution);
    if (kept !== undefined) resident.kept = JSON.parse(kept) as LogRecord[];
    this.#residents.set(record.execution, resident);
    resident.buffer.push(record);
    // Should the commit fail, it is read again with all that was touched.
    this.#touched.add(resident);
    // Up to the record before, so that what this one changes is told as what any other does.
    this.#afterCommit.push(() => void this.#load(resident, record.position - 1));
  }

  /**
   * Reads the state from the log, then folds what came meanwhile; everything the state owes is owed again. False when the log
   * holds no such execution. `upTo`: where `resident.buffer` holds all that comes after.
   */
  async #load(resident: Resident, upTo?: Position): Promise<boolean> {
    resident.fold = undefined;
    resident.loads += 1;
    const { loads, execution } = resident;
    const hasRead = this.#partition?.beginReading();
    let fold: Fold | undefined;
    try {
      const { kept } = resident;
      fold =
        kept === undefined
          ? await loadFold(execution, this.#sources, upTo)
          : await foldLog(kept, this.#sources);
    } catch (error) {
      hasRead?.();
      if (resident.loads === loads) await this.#giveUp(resident, error);
      this.durable(0);
      return true;
    }
    hasRead?.();
    // Another reading was begun meanwhile, and sees more.
    if (resident.loads !== loads) return true;
    if (fold === undefined) return false;
    if (this.#residents.get(execution) !== resident) return true;
    resident.fold = fold;
    this.#tellWhatWasRead(resident, fold);
    if (this.#partition?.isCatchingUp !== true) this.#recoverClaims(fold);
    this.#touched.add(resident);
    this.#foldBuffer(resident, fold);
    // How far one execution was read says nothing of the others.
    this.durable(0);
    return true;
  }

  /**
   * Carries out again all that an execution owes, after records that the engine meant to write were lost. One that is parked is
   * woken for it.
   */
  #catchUp(execution: string): void {
    let resident = this.#residents.get(execution);
    if (this.#parked.delete(execution) || this.#partition?.unread.delete(execution) === true) {
      resident = new Resident(execution);
      this.#residents.set(execution, resident);
      void this.#load(resident);
    } else if (resident?.fold !== undefined) {
      this.#recoverClaims(resident.fold);
      this.#effects.carryOut(resident, resident.fold, resident.fold.owed());
      // Nothing of it waits for a commit.
      this.durable(resident.fold.world.position);
    }
  }

  /** The execution cannot be read: it is left as it is, and whoever waits for it hears why. */
  async #giveUp(resident: Resident, cause: unknown): Promise<void> {
    const { execution, buffer } = resident;
    this.#options.logger?.error({ err: cause, execution }, 'the execution cannot be read');
    this.#forget(resident);
    this.#partition?.unread.add(execution);
    if (this.#partition !== undefined && isPassing(cause)) this.#recovery.add(execution);
    for (const record of buffer.splice(0)) this.#controls.answer(record, NOT_NOW)?.();
    this.#endings.settle(execution, Promise.reject(cause));
    await this.#release(execution);
  }

  /** Whoever waits for a record that was read with others, and not handed over. */
  #answerRead(record: LogRecord, fold: Fold): void {
    const resident = this.#residents.get(record.execution);
    const applied: Applied = fold.hasControl(record.id) ? { accepted: true } : NOT_NOW;
    const answer =
      record.type === 'step.claimed' && resident !== undefined
        ? this.#desk.hear(resident, fold, record, { accepted: true })
        : this.#controls.answer(record, applied);
    if (answer !== undefined) this.#afterCommit.push(answer);
  }

  /** What was read again may stand elsewhere than what was told: at the record that suspended it. */
  #tellWhatWasRead(resident: Resident, fold: Fold): void {
    const { execution, standing } = resident;
    resident.standing = standingOf(fold);
    if (standing === undefined || this.#listeners.isEmpty) return;
    for (const event of changesSince(standing, fold, { execution, position: fold.world.position })) {
      this.#afterCommit.push(() => this.tell(event));
    }
  }

  /** Claims of hosts inside a process that is gone went with it; all others get one fresh lease. */
  #recoverClaims(fold: Fold): void {
    const { execution } = fold.world;
    for (const claim of fold.claims()) {
      if (this.#options.hostsDieWithOwner === false || this.#desk.knows(claim.host)) {
        this.#desk.renew(execution, claim);
        continue;
      }
      const { step, attempt, fence } = claim;
      const reason = 'The process that ran the agent is gone.';
      this.#appender.append(execution, 'claim.expired', { step, attempt, fence, reason });
    }
  }

  #consider(execution: string): void {
    this.#afterCommit.push(() => {
      this.adopt(execution).catch((error: unknown) => {
        this.#options.logger?.debug({ execution, err: error }, 'left to its owner');
      });
    });
  }
}

/** Whether what failed may go well the next time: the store did not answer, or is behind. */
function isPassing(cause: unknown): boolean {
  return !(cause instanceof TroupeError) || cause.retryable || cause.code === 'ARTIFACT_MISSING';
}
