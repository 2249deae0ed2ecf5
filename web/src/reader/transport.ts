import type { Surroundings, ViewSource } from '../../../src/inspection/documents.ts';
import type { LogRecord } from '../../../src/ports/event-log.ts';
import type { LiveProgress } from '../../../src/ports/live-feed.ts';
import type { ProblemDetails } from '../api/problem.ts';
import type { Connection, ReadSoFar } from './messages.ts';

/** Who takes what a transport brings. The source comes first, then records in the order of the log; some may come twice. */
export interface Sink {
  source(source: ViewSource, options: { readonly isOpen: boolean }): void;
  readonly hasSource: boolean;
  records(records: readonly LogRecord[]): void;
  /** The last position that was taken; 0: none. */
  readonly end: number;
  read(read: ReadSoFar): void;
  surroundings(surroundings: Surroundings): void;
  progress(progress: LiveProgress): void;
  connection(connection: Connection): void;
  /** Asking again is of no use. */
  failure(failure: ProblemDetails): void;
}

/** Brings an execution's log until the signal aborts; resolves when nothing more will come. Never rejects. */
export type Transport = (sink: Sink, signal: AbortSignal) => Promise<void>;

/** Fetches with the token there is now. */
export type Fetch = (path: string, init?: RequestInit) => Promise<Response>;
