import { beginFold, type Sources } from '../../engine/load.ts';
import { findStart } from '../../engine/start-record.ts';
import type { HistoryStore, Span, SpanQuery } from '../store.ts';
import type { Metrics } from './read-stats.ts';
import { Tallier } from './tallier.ts';
import type { Tally } from './tally.ts';

export interface TalliesOptions {
  readonly store: Pick<HistoryStore, 'untallied' | 'putTallies' | 'get' | 'spans' | 'tallies'>;
  /** Brings the entries up to their logs. */
  readonly refresh: () => Promise<void>;
  /** Where the execution is read from. */
  readonly of: (execution: string) => Sources;
}

/** Counts the attempts of executions whose entries have moved on; of those under way only the new records. */
export class Tallies implements Metrics, AsyncDisposable {
  readonly #options: TalliesOptions;
  readonly #onCounted = new Set<() => void>();
  #counting: Promise<void> | undefined;
  #isClosing = false;
  /** Of executions that have not ended; least recently used first. */
  readonly #live = new Map<string, Tallier>();

  constructor(options: TalliesOptions) {
    this.#options = options;
  }

  spans(query?: SpanQuery): Promise<readonly Span[]> {
    return this.#options.store.spans(query);
  }

  tallies(query?: SpanQuery): Promise<readonly Tally[]> {
    return this.#options.store.tallies(query);
  }

  async tally(onCounted?: () => void): Promise<void> {
    if (onCounted !== undefined) this.#onCounted.add(onCounted);
    this.#counting ??= this.#countAll().finally(() => {
      this.#counting = undefined;
      this.#onCounted.clear();
    });
    await this.#counting;
  }

  /** Returns when nothing is counted any more. May be called twice. */
  async close(): Promise<void> {
    this.#isClosing = true;
    await this.#counting?.catch(() => undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #countAll(): Promise<void> {
    await this.#options.refresh();
    while (!this.#isClosing && (await this.#countSome())) {
      for (const tell of this.#onCounted) tell();
      await letOthersWork();
    }
  }

  /** Counts for a number of executions. False: there is nothing more to count. */
  async #countSome(): Promise<boolean> {
    const { store } = this.#options;
    const executions = await store.untallied(BATCH);
    if (executions.length === 0) return false;
    const tallies: Tally[] = [];
    for (const execution of executions) tallies.push(await this.#count(execution));
    await store.putTallies(tallies);
    return executions.length === BATCH;
  }

  async #count(execution: string): Promise<Tally> {
    const entry = await this.#options.store.get(execution);
    const position = entry?.position ?? 0;
    const tallier = await this.#tallierOf(execution).catch(() => undefined);
    // Nothing can be said of one that cannot be folded here; it is looked at again when its log moves on.
    if (tallier === undefined) {
      const { task = '', startedAt = 0 } = entry ?? {};
      return { execution, task, startedAt, position, agents: {}, steps: {}, failures: [] };
    }
    const records = await this.#options.of(execution).log.read(execution, { after: tallier.position });
    for (const record of records) tallier.take(record);
    if (entry?.endedAt === null) this.#keep(execution, tallier);
    return tallier.tally(position);
  }

  async #tallierOf(execution: string): Promise<Tallier | undefined> {
    const kept = this.#live.get(execution);
    this.#live.delete(execution);
    if (kept !== undefined) return kept;
    const sources = this.#options.of(execution);
    const start = await findStart(execution, sources.log);
    return start === undefined ? undefined : new Tallier(await beginFold(start, sources));
  }

  #keep(execution: string, tallier: Tallier): void {
    this.#live.set(execution, tallier);
    const [oldest] = this.#live.keys();
    if (this.#live.size > KEPT && oldest !== undefined) this.#live.delete(oldest);
  }
}

const BATCH = 32;
const KEPT = 64;

/** Thousands may have to be folded: whoever serves goes on between the batches. */
function letOthersWork(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
