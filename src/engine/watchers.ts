import type { LogRecord } from '../ports/event-log.ts';
import type { Fold } from './fold.ts';

/**
 * Hears of each record as the process that drives its execution folds it. What is read from the log again (after a restart, at a
 * take-over) is not told. Whoever throws keeps the record from being folded, so nobody may.
 */
export interface EngineWatcher {
  /** Before a record is folded. Undefined: nobody wants to know. */
  watch(fold: Fold, record: LogRecord): WatchedRecord | undefined;
  /** An execution was begun with this record. Returns what is to be done once that is durable. */
  begun(fold: Fold, record: LogRecord): (() => void) | undefined;
}

export interface WatchedRecord {
  /** The fold took the record. Returns what is to be done once that is durable; undefined: nothing. */
  accepted(): (() => void) | undefined;
  /** The fold refused it. */
  refused?(reason: string): (() => void) | undefined;
}

/** Those who watch an engine; it costs next to nothing while there are none. */
export class Watchers implements EngineWatcher {
  readonly #watchers = new Set<EngineWatcher>();

  /** @returns how to stop watching */
  add(watcher: EngineWatcher): () => void {
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }

  watch(fold: Fold, record: LogRecord): WatchedRecord | undefined {
    if (this.#watchers.size === 0) return undefined;
    const watched = [...this.#watchers].flatMap((watcher) => watcher.watch(fold, record) ?? []);
    if (watched.length < 2) return watched[0];
    return {
      accepted: () => together(watched.map((each) => each.accepted())),
      refused: (reason) => together(watched.map((each) => each.refused?.(reason))),
    };
  }

  begun(fold: Fold, record: LogRecord): (() => void) | undefined {
    if (this.#watchers.size === 0) return undefined;
    return together([...this.#watchers].map((watcher) => watcher.begun(fold, record)));
  }
}

function together(work: readonly ((() => void) | undefined)[]): (() => void) | undefined {
  const present = work.filter((each) => each !== undefined);
  if (present.length < 2) return present[0];
  return () => {
    for (const act of present) act();
  };
}
