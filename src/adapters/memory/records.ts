import { toTroupeError } from '../../errors.ts';
import type { LogRecord, Position, ReadOptions } from '../../ports/event-log.ts';
import type { ExecutionEnd, LogHead, LogStorage } from '../log/storage.ts';

/**
 * The records of a log in arrays. What is read back is a fresh copy made from JSON, as from a disk, so that nobody can
 * rely on sharing objects with whoever appended.
 */
export class MemoryRecords implements LogStorage {
  readonly #log: Kept[] = [];
  readonly #byExecution = new Map<string, Kept[]>();
  readonly #watchers = new Set<() => void>();
  #committed = 0;
  #isOpen = false;
  #onCommit: () => void = () => undefined;

  /** Calls back after every commit; returns how to stop. */
  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** For tests and simulation: runs at the start of every commit; when it throws, the commit fails with that error. */
  interceptCommits(onCommit: () => void): void {
    this.#onCommit = onCommit;
  }

  /** Never busy: turns of the event loop cannot interleave inside a commit. */
  begin(): void {
    this.#committed = this.#log.length;
    this.#isOpen = true;
  }

  commit(): void {
    this.#onCommit();
    this.#isOpen = false;
    for (const watcher of this.#watchers) watcher();
  }

  rollback(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    for (const { record } of this.#log.splice(this.#committed)) {
      const own = this.#byExecution.get(record.execution);
      own?.pop();
      if (own?.length === 0) this.#byExecution.delete(record.execution);
    }
  }

  isOpen(): boolean {
    return this.#isOpen;
  }

  head(): LogHead {
    return this.#log.at(-1)?.record ?? { position: 0, at: 0 };
  }

  insert(record: LogRecord, json: string): void {
    const kept = { record, json };
    this.#log.push(kept);
    const own = this.#byExecution.get(record.execution);
    if (own === undefined) this.#byExecution.set(record.execution, [kept]);
    else own.push(kept);
  }

  readAfter(after: Position, limit: number): readonly LogRecord[] {
    const from = firstAfter(this.#log, after);
    return this.#log.slice(from, from + limit).map(readBack);
  }

  read(
    execution: string,
    { after = 0, upTo = Infinity, limit = Infinity }: ReadOptions,
  ): readonly LogRecord[] {
    const own = this.#byExecution.get(execution) ?? [];
    const from = firstAfter(own, after);
    const to = Math.min(firstAfter(own, upTo), from + limit);
    return own.slice(from, to).map(readBack);
  }

  executions(after: Position): readonly ExecutionEnd[] {
    const ends: ExecutionEnd[] = [];
    for (const [execution, own] of this.#byExecution) {
      const last = own.at(-1)?.record.position ?? 0;
      if (last > after) ends.push({ execution, last });
    }
    return ends.sort((one, other) => one.last - other.last);
  }

  isTransient(error: unknown): boolean {
    return toTroupeError(error).retryable;
  }

  explain = toTroupeError;
}

interface Kept {
  readonly record: LogRecord;
  readonly json: string;
}

function readBack({ record, json }: Kept): LogRecord {
  return { ...record, data: JSON.parse(json) };
}

/** Index of the first record after `position`; by halving, since an execution may have 100,000 of them. */
function firstAfter(records: readonly Kept[], position: Position): number {
  let low = 0;
  let high = records.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const kept = records[middle];
    if (kept !== undefined && kept.record.position <= position) low = middle + 1;
    else high = middle;
  }
  return low;
}
