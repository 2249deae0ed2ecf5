import type { Fold } from '../../engine/fold.ts';
import { loadFold } from '../../engine/load.ts';
import { entryOf, type HistoryEntry } from '../../history/entry.ts';
import type { ServerAccess } from '../access.ts';

/** States that are kept, so that a change of one costs only its new records. */
const KEPT = 128;

/** States of executions that change often, each as its log has it now. */
export class States {
  readonly #access: ServerAccess;
  /** Least recently used first. */
  readonly #folds = new Map<string, Fold>();
  /** One at a time: two would apply the same records to one state. */
  readonly #reading = new Map<string, Promise<unknown>>();

  constructor(access: ServerAccess) {
    this.#access = access;
  }

  /** Undefined when there is no such execution. */
  async entryOf(execution: string): Promise<HistoryEntry | undefined> {
    try {
      const fold = await this.of(execution);
      return fold === undefined ? undefined : entryOf(fold);
    } catch {
      this.#folds.delete(execution);
      // It cannot be folded: the history says what is known of it.
      return this.#access.history.get(execution);
    }
  }

  /** To be looked at, in the same turn. Undefined when there is no such execution; throws when its log cannot be folded. */
  async of(execution: string): Promise<Fold | undefined> {
    const present = this.#access.present(execution);
    if (present !== undefined) return present;
    const before = this.#reading.get(execution) ?? Promise.resolve();
    const reading = before.then(
      () => this.#readOn(execution),
      () => this.#readOn(execution),
    );
    this.#reading.set(execution, reading);
    try {
      return await reading;
    } finally {
      if (this.#reading.get(execution) === reading) this.#reading.delete(execution);
    }
  }

  async #readOn(execution: string): Promise<Fold | undefined> {
    const { sources } = this.#access.of(execution);
    const kept = this.#folds.get(execution);
    this.#folds.delete(execution);
    if (kept === undefined) {
      const loaded = await loadFold(execution, sources);
      if (loaded !== undefined) this.#keep(execution, loaded);
      return loaded;
    }
    const records = await sources.log.read(execution, { after: kept.world.position });
    for (const record of records) kept.apply(record);
    this.#keep(execution, kept);
    return kept;
  }

  #keep(execution: string, fold: Fold): void {
    this.#folds.set(execution, fold);
    const [oldest] = this.#folds.keys();
    if (this.#folds.size > KEPT && oldest !== undefined) this.#folds.delete(oldest);
  }
}
