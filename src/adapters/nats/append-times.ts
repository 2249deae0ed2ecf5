import type { Clock } from '../../ports/clock.ts';
import type { LogRecord, Position } from '../../ports/event-log.ts';

interface Reader {
  /** Undefined: it reads all executions. */
  readonly execution: string | undefined;
  readonly isPrompt: boolean;
  readonly cursor: Position;
}

export interface AppendTimesOptions {
  readonly clock: Clock;
  /** Who follows the log here; the set changes. */
  readonly readers: ReadonlySet<Reader>;
  /** Asks the server for the time of what it has at the position. */
  readonly fetch: (position: Position) => Promise<number | undefined>;
}

/**
 * Finds the times of appended records. The server acknowledges a record without the time it gave it, so that is learnt from those
 * who follow the log in this process, who are handed it anyway; without any, the server is asked.
 */
export class AppendTimes {
  readonly #options: AppendTimesOptions;
  readonly #seen = new Map<Position, number>();
  #waiting: Waiting[] = [];
  #isWatching = false;
  #isClosed = false;

  constructor(options: AppendTimesOptions) {
    this.#options = options;
  }

  /** Whether anybody waits for a record to be handed over. */
  get isAwaited(): boolean {
    return this.#waiting.length > 0;
  }

  /**
   * Resolves when all who follow and keep up have been handed the record, after a second at the latest. When nobody can tell the time
   * any more, it is this process's.
   */
  of(position: Position, execution: string): Promise<number> {
    if (this.#isReady(position, execution)) return this.#known(position);
    return new Promise((resolve) => {
      const since = this.#options.clock.monotonic();
      this.#waiting.push({ position, execution, since, resolve });
      this.#watch();
    });
  }

  /** To be told of everything that is handed over while appends are under way. */
  handed(records: readonly LogRecord[]): void {
    for (const { position, at } of records) this.#seen.set(position, at);
    this.settle();
    if (this.#seen.size <= KEPT) return;
    for (const position of this.#seen.keys()) {
      this.#seen.delete(position);
      if (this.#seen.size <= KEPT / 2) break;
    }
  }

  /** Looks again who need not wait any more. */
  settle(): void {
    if (this.#waiting.length === 0) return;
    const left: Waiting[] = [];
    for (const one of this.#waiting) {
      if (this.#isClosed || this.#isReady(one.position, one.execution))
        one.resolve(this.#known(one.position));
      else left.push(one);
    }
    this.#waiting = left;
  }

  /** Nobody waits after this. */
  async close(): Promise<void> {
    const times = this.#waiting.map(({ position }) => this.#known(position));
    this.#isClosed = true;
    this.settle();
    await Promise.all(times);
  }

  #isReady(position: Position, execution: string): boolean {
    for (const reader of this.#options.readers) {
      const isConcerned = reader.execution === undefined || reader.execution === execution;
      if (isConcerned && reader.isPrompt && reader.cursor < position) return false;
    }
    return true;
  }

  async #known(position: Position): Promise<number> {
    const { fetch, clock } = this.#options;
    const seen = this.#seen.get(position);
    if (seen !== undefined) return seen;
    try {
      return (await fetch(position)) ?? clock.now();
    } catch {
      return clock.now(); // it is stored, which is what the author must know
    }
  }

  #watch(): void {
    if (this.#isWatching) return;
    this.#isWatching = true;
    const { clock } = this.#options;
    clock.schedule(PATIENCE_MS, () => {
      this.#isWatching = false;
      const latest = clock.monotonic() - PATIENCE_MS;
      for (const { since, position, resolve } of this.#waiting) {
        if (since <= latest) resolve(this.#known(position));
      }
      this.#waiting = this.#waiting.filter(({ since }) => since > latest);
      if (this.#waiting.length > 0) this.#watch();
    });
  }
}

interface Waiting {
  readonly position: Position;
  readonly execution: string;
  readonly since: number;
  readonly resolve: (at: Promise<number>) => void;
}

const PATIENCE_MS = 1_000;
/** So many times are remembered while nobody has asked for them yet. */
const KEPT = 8_192;
