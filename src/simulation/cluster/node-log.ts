import { natsLogRewound, natsNotAnswered, storageFull } from '../../errors.ts';
import type {
  EventLog,
  FollowOptions,
  LogFollower,
  LogRecord,
  NewRecord,
  Position,
  ReadOptions,
  Subscription,
} from '../../ports/event-log.ts';
import type { FaultPlan } from './faults.ts';
import type { Network } from './network.ts';
import type { LogWatcher, PartitionLog } from './partition-log.ts';
import type { SimulatedProcess } from './process.ts';
import type { Trace } from './trace.ts';

export interface NodeLogOptions {
  readonly process: SimulatedProcess;
  readonly partition: number;
  readonly log: PartitionLog;
  readonly network: Network;
  readonly faults: FaultPlan;
  readonly trace: Trace;
}

/** How long an append waits for its acknowledgement before the record is sent again, and how often that is done. */
const ACKNOWLEDGED_WITHIN_MS = 3_000;
const TRIES = 3;
const SLOW_DISK_MS = 2_500;

/**
 * The log of a partition as one process has it: appends go over its connection, and what comes back may come late, twice or never.
 * Here a process may crash before, after and in between.
 */
export class NodeLog implements EventLog {
  readonly #options: NodeLogOptions;

  constructor(options: NodeLogOptions) {
    this.#options = options;
  }

  append(record: NewRecord): Promise<LogRecord> {
    const { process, network, faults, trace } = this.#options;
    if (process.isDead) return never();
    const json = JSON.stringify(record.data);
    const place = network.count(`${process.node} ${record.type}`);
    if (faults.strikes('crash-before-append', place)) {
      trace.note(`${process.id} crashes before it appends ${record.type}`);
      process.crash();
      return never();
    }
    if (faults.strikes('append-fails', place)) {
      trace.note(`${process.id} may not append ${record.type}: the disk is full`);
      return Promise.reject(storageFull('the disk of the simulated server'));
    }
    return this.#publish(record, json, place);
  }

  read(execution: string, options?: ReadOptions): Promise<readonly LogRecord[]> {
    return this.#ask('read', (log) => log.read(execution, options));
  }

  head(): Promise<Position> {
    return this.#ask('head', (log) => log.head);
  }

  executions(
    after: Position = 0,
  ): Promise<readonly { readonly execution: string; readonly last: Position }[]> {
    return this.#ask('executions', (log) => log.executions(after));
  }

  follow(follower: LogFollower, after: Position, { execution }: FollowOptions = {}): Subscription {
    return new NodeReader(this.#options, follower, after, execution);
  }

  #ask<T>(what: string, answer: (log: PartitionLog) => T): Promise<T> {
    const { process, network, log } = this.#options;
    if (process.isDead) return never();
    return network.ask(process, what, () => answer(log));
  }

  /** Sent again until it is acknowledged: so a record may be in the log more than once, under one id. */
  #publish(record: NewRecord, json: string, place: string): Promise<LogRecord> {
    const { process, network, faults, trace } = this.#options;
    const { promise, resolve, reject } = Promise.withResolvers<LogRecord>();
    const isCrashing = faults.strikes('crash-after-append', place);
    const isSlow = faults.strikes('slow-disk', place);
    const isUnacknowledged = faults.strikes('append-unacknowledged', place);
    let isOver = false;
    const store = (): void => {
      if (!network.isServerUp) return;
      const stored = this.#store(record, json);
      if (isCrashing && !process.isDead) {
        trace.note(`${process.id} crashes after it appended ${record.type} @${stored.position}`);
        process.crash();
        return;
      }
      if (isUnacknowledged) return;
      network.toProcess(process, 'append acknowledged', () => {
        isOver = true;
        resolve(stored);
      });
    };
    const attempt = (left: number): void => {
      network.toServer(process, `append ${record.type}`, () => {
        if (isSlow) this.#options.network.later(SLOW_DISK_MS, store);
        else store();
      });
      process.clock.schedule(ACKNOWLEDGED_WITHIN_MS, () => {
        if (isOver) return;
        if (left > 1) return attempt(left - 1);
        isOver = true;
        reject(natsNotAnswered(`the append of ${record.type}`, 'nobody acknowledged it'));
      });
    };
    attempt(TRIES);
    return promise;
  }

  #store(record: NewRecord, json: string): LogRecord {
    const { process, log, trace, partition } = this.#options;
    const stored = log.append(record, json);
    trace.note(
      `${process.id} ${partition}@${stored.position} ${record.execution} ${record.source} ${record.type}`,
    );
    return stored;
  }
}

/** Hands the log to a follower in the process: in order, each record once, until the log turns out to be another one. */
class NodeReader implements Subscription, LogWatcher {
  readonly #options: NodeLogOptions;
  readonly #follower: LogFollower;
  readonly #execution: string | undefined;
  readonly #forget: () => void;
  #cursor: Position;
  /** Where the log was cut since the last delivery. */
  #cutAt: Position | undefined;
  #isDue = false;
  #isStopped = false;

  constructor(
    options: NodeLogOptions,
    follower: LogFollower,
    after: Position,
    execution: string | undefined,
  ) {
    this.#options = options;
    this.#follower = follower;
    this.#execution = execution;
    this.#cursor = after;
    this.#forget = options.log.watch(this);
    options.process.onEnd(() => void this.stop());
    if (options.log.head > after) this.appended();
  }

  appended(): void {
    if (this.#isDue || this.#isStopped) return;
    this.#isDue = true;
    const { process, network, partition } = this.#options;
    network.toConsumer(process, `log ${partition}`, () => {
      this.#isDue = false;
      if (!this.#isStopped) this.#deliver();
    });
  }

  truncated(position: Position): void {
    this.#cutAt = Math.min(this.#cutAt ?? position, position);
    this.appended();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#forget();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #deliver(): void {
    const { log, process, network, faults, trace, partition } = this.#options;
    const cutAt = this.#cutAt;
    this.#cutAt = undefined;
    if (cutAt !== undefined && cutAt < this.#cursor) {
      this.#cursor = cutAt;
      this.#follower.retracted(cutAt, natsLogRewound(`partition ${partition}`, cutAt));
      if (this.#isStopped) return;
    }
    const records = log.readAfter(this.#cursor);
    const last = records.at(-1);
    if (last === undefined) return;
    this.#cursor = last.position;
    const wanted =
      this.#execution === undefined
        ? records
        : records.filter(({ execution }) => execution === this.#execution);
    if (wanted.length === 0) return;
    this.#follower.fold(wanted);
    const place = network.count(`${process.node} read ${partition}`);
    if (faults.strikes('crash-after-read-back', place)) {
      trace.note(`${process.id} crashes after it folded ${partition}@${last.position}`);
      process.crash();
      return;
    }
    this.#follower.durable(last.position);
  }
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}
