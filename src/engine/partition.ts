import type { LogRecord, Position } from '../ports/event-log.ts';
import type { DueTimer, Mark, PartitionState } from './partition-state.ts';

/**
 * What an engine that drives every execution of its log knows of those that are not in its memory.
 *
 * 1. An execution is resident, parked, ended or unread; one that the log has started is in exactly one of them.
 * 2. What a partition snapshot lists holds all its execution's records up to the snapshot's position, at least; whoever starts
 *    from it folds the rest of the log in order, and what is older than a part is passed over by that part's fold.
 */
export class Partition {
  /** Ended executions: late records never revive them. */
  readonly ended: Set<string>;
  /** Started, but not to be read here: another version's, or something is missing. Left as they are, for the next owner. */
  readonly unread: Set<string>;
  /** Nothing is carried out before the log was read to its end as it was at the start. */
  isCatchingUp = true;
  readonly caughtUp: Promise<void>;
  readonly #resolve: () => void;
  #target: Position = 0;
  #durable: Position = 0;
  /** Executions that were met before the target and are still being read. */
  #readings = 0;
  #last: Mark = { execution: '', position: 0, record: '' };

  constructor() {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.caughtUp = promise;
    this.#resolve = resolve;
    this.ended = new Set();
    this.unread = new Set();
  }

  /** The last record that was handed over. */
  get last(): Mark {
    return this.#last;
  }

  /** @param target the log's head now */
  begin(from: PartitionState | undefined, target: Position): void {
    this.#target = target;
    if (from === undefined) return;
    this.#last = from.mark;
    for (const execution of from.ended) this.ended.add(execution);
    for (const execution of from.unread) this.unread.add(execution);
  }

  /** The log ends before the target: it lost records that nobody here has seen. */
  shorten(head: Position): void {
    this.#target = Math.min(this.#target, head);
  }

  pass({ execution, position, id }: LogRecord): void {
    this.#last = { execution, position, record: id };
  }

  /** Something up to the target is being read; returns what to call when that is over. May be called twice. */
  beginReading(): () => void {
    if (!this.isCatchingUp || this.#last.position >= this.#target) return () => undefined;
    this.#readings += 1;
    let isOver = false;
    return () => {
      if (!isOver) this.#readings -= 1;
      isOver = true;
    };
  }

  /** Whether the log is now read as far as it went at the start, and all that was met on the way. */
  isDone(durable: Position): boolean {
    this.#durable = Math.max(this.#durable, durable);
    return this.isCatchingUp && this.#durable >= this.#target && this.#readings === 0;
  }

  finish(): void {
    this.isCatchingUp = false;
    this.#resolve();
  }
}

/** An execution that waits for a record. */
export interface Parked {
  readonly timers: readonly DueTimer[];
  /** All its records, as JSON, when they are few: then nothing has to be read to wake it. */
  readonly kept?: string | undefined;
}

/** One that waits for no deadline, and of which nothing is kept. */
export const PARKED: Parked = { timers: [] };

/** Types that may take an execution out of an ended state. */
export const REOPENING: ReadonlySet<string> = new Set(['retry.requested', 'rollback.requested']);
