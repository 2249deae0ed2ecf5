import type { LogRecord, NewRecord, Position, ReadOptions } from '../../ports/event-log.ts';

/** Whoever hears that a log has changed. */
export interface LogWatcher {
  /** There are new records. */
  appended(): void;
  /** Records after `position` are gone; others may stand in their place by now. */
  truncated(position: Position): void;
}

/** The records of one partition as the server keeps them. */
export class PartitionLog {
  readonly #records: Stored[] = [];
  readonly #byExecution = new Map<string, Stored[]>();
  readonly #watchers = new Set<LogWatcher>();
  readonly #now: () => number;
  #at = 0;

  /** @param now the server's clock, ms since 1970 */
  constructor(now: () => number) {
    this.#now = now;
  }

  get head(): Position {
    return this.#records.length;
  }

  append({ id, execution, source, type }: NewRecord, json: string): LogRecord {
    this.#at = Math.max(this.#at, this.#now());
    const stored = { id, execution, source, type, position: this.head + 1, at: this.#at, json };
    this.#records.push(stored);
    const own = this.#byExecution.get(execution);
    if (own === undefined) this.#byExecution.set(execution, [stored]);
    else own.push(stored);
    for (const watcher of this.#watchers) watcher.appended();
    return readBack(stored);
  }

  /** As after a power failure: the last records were never on the disk. Returns those that are gone. */
  truncate(keepTo: Position): readonly LogRecord[] {
    const gone = this.#records.splice(keepTo);
    for (const { execution } of gone.toReversed()) this.#byExecution.get(execution)?.pop();
    if (gone.length > 0) for (const watcher of this.#watchers) watcher.truncated(keepTo);
    return gone.map(readBack);
  }

  readAfter(after: Position): readonly LogRecord[] {
    return this.#records.slice(after).map(readBack);
  }

  read(
    execution: string,
    { after = 0, upTo = Number.POSITIVE_INFINITY, limit }: ReadOptions = {},
  ): readonly LogRecord[] {
    const own = this.#byExecution.get(execution) ?? [];
    const wanted = own.filter(({ position }) => position > after && position <= upTo);
    return wanted.slice(0, limit).map(readBack);
  }

  executions(after: Position): { execution: string; last: Position }[] {
    return [...this.#byExecution]
      .map(([execution, own]) => ({ execution, last: own.at(-1)?.position ?? 0 }))
      .filter(({ last }) => last > after)
      .sort((one, other) => one.last - other.last);
  }

  watch(watcher: LogWatcher): () => void {
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }
}

interface Stored extends Omit<LogRecord, 'data'> {
  readonly json: string;
}

/** A fresh copy, as from a wire: nobody shares objects with whoever appended. */
function readBack({ json, ...record }: Stored): LogRecord {
  return { ...record, data: JSON.parse(json) };
}
