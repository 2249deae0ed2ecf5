import type { LogRecord, NewRecord } from '../../ports/event-log.ts';

/** What waits for a commit: a record, or work that is done inside it. */
export type Entry = RecordEntry | WorkEntry;

interface RecordEntry {
  readonly record: NewRecord;
  /** Text of the record's data. */
  readonly json: string;
  written: LogRecord | undefined;
  readonly resolve: (record: LogRecord) => void;
  readonly reject: (error: unknown) => void;
}

interface WorkEntry {
  readonly record?: undefined;
  readonly work: () => unknown;
  outcome: Outcome | undefined;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

export type Outcome = { readonly value: unknown } | { readonly error: unknown };

/** Tells whoever waits for the entry what came of it; its commit is durable. */
export function settle(entry: Entry): void {
  if (entry.record !== undefined) {
    if (entry.written !== undefined) entry.resolve(entry.written);
  } else if (entry.outcome !== undefined) {
    if ('error' in entry.outcome) entry.reject(entry.outcome.error);
    else entry.resolve(entry.outcome.value);
  }
}
