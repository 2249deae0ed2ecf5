import type { Fold } from '../engine/fold.ts';
import { beginFold, loadFold, type Sources, startIn } from '../engine/load.ts';
import type { LogRecord } from '../ports/event-log.ts';
import { type Attempt, AttemptBook } from './attempts.ts';

export type { Attempt } from './attempts.ts';

/** An execution told from its whole log: where it stands, every record with what became of it, and every attempt. */
export interface Story {
  readonly fold: Fold;
  readonly records: readonly ToldRecord[];
  /** In the order of their claims. */
  readonly attempts: readonly Attempt[];
}

export interface ToldRecord {
  readonly record: LogRecord;
  /** Why it changed nothing; absent for one that was taken. */
  readonly refusal?: string | undefined;
}

/** Reads and folds the whole log; undefined when there is no such execution. */
export async function readStory(execution: string, sources: Sources): Promise<Story | undefined> {
  const log = await sources.log.read(execution);
  const start = log.findIndex((record) => startIn(record) !== undefined);
  const first = log[start];
  if (first === undefined) return undefined;
  const teller = new StoryTeller(await beginFold(first, sources), first);
  for (const record of log.slice(start + 1)) {
    if (teller.tell(record)) continue;
    // It cannot be folded: from there on the execution is suspended, which the whole log tells.
    const fold = await loadFold(execution, sources);
    return fold === undefined ? undefined : teller.suspended(fold, log.slice(log.indexOf(record)));
  }
  return teller.story();
}

/** Tells a story record by record, as they come. */
export class StoryTeller {
  readonly #fold: Fold;
  readonly #records: ToldRecord[];
  readonly #attempts = new AttemptBook();

  constructor(fold: Fold, first: LogRecord) {
    this.#fold = fold;
    this.#records = [{ record: first }];
  }

  /** False when the record cannot be folded. */
  tell(record: LogRecord): boolean {
    try {
      const applied = this.#fold.apply(record);
      if (applied.accepted) this.#attempts.note(record);
      this.#records.push(applied.accepted ? { record } : { record, refusal: applied.reason });
      return true;
    } catch {
      return false;
    }
  }

  /** Where it stands. */
  get fold(): Fold {
    return this.#fold;
  }

  /** What was told last. */
  get latest(): ToldRecord {
    // There is always the first.
    return this.#records.at(-1) as ToldRecord;
  }

  story(): Story {
    return { fold: this.#fold, records: this.#records, attempts: this.#attempts.list() };
  }

  suspended(fold: Fold, rest: readonly LogRecord[]): Story {
    const untold = rest.map((record, at) => ({
      record,
      refusal: at === 0 ? 'cannot be folded' : 'not-accepted-now',
    }));
    return { ...this.story(), fold, records: [...this.#records, ...untold] };
  }
}
