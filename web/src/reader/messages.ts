import type { Moment, Surroundings, ViewSource } from '../../../src/inspection/documents.ts';
import type { LogRecord } from '../../../src/ports/event-log.ts';
import type { LiveProgress } from '../../../src/ports/live-feed.ts';
import type { ProblemDetails } from '../api/problem.ts';
import type { Answer, Question } from './questions.ts';

/** Which execution is read, and from where. */
export type Opening =
  /** Followed from the server, past its end as long as it grows. */
  | { readonly kind: 'live'; readonly execution: string }
  /** All of it is here: an exported page. */
  | { readonly kind: 'data'; readonly source: ViewSource; readonly records: readonly LogRecord[] }
  /** Read once from the server. @see base address under which `/source` and `/records` are */
  | { readonly kind: 'simulated'; readonly base: string };

/**
 * `connecting` and `reading` until the log was read to its end once; `live` while records come as they are written; `ended`: nothing more
 * comes; `offline`: the server does not answer, and is still asked.
 */
export type Connection = 'connecting' | 'live' | 'reconnecting' | 'ended' | 'offline';

/** How far a log was read that takes a while. Positions of the log. */
export interface ReadSoFar {
  readonly position: number;
  readonly end: number;
}

/** To the side that reads. */
export type Request =
  | {
      readonly type: 'open';
      readonly opening: Opening;
      readonly origin: string;
      readonly token: string | undefined;
    }
  | { readonly type: 'token'; readonly token: string | undefined }
  | { readonly type: 'seek'; readonly index: number | null }
  | { readonly type: 'ask'; readonly id: number; readonly question: Question }
  | { readonly type: 'close' };

/** From the side that reads. */
export type Reply =
  | { readonly type: 'moment'; readonly moment: Moment }
  | { readonly type: 'read'; readonly read: ReadSoFar }
  | { readonly type: 'connection'; readonly connection: Connection }
  | { readonly type: 'surroundings'; readonly surroundings: Surroundings }
  | { readonly type: 'progress'; readonly progress: LiveProgress }
  | { readonly type: 'failure'; readonly failure: ProblemDetails }
  | { readonly type: 'answer'; readonly id: number; readonly answer: Answer }
  | { readonly type: 'refused'; readonly id: number; readonly failure: ProblemDetails };

/** One end of the line between the page and the side that reads: a worker, or a channel on the same thread. */
export interface Port<Sent, Received> {
  send(message: Sent, transfer?: readonly ArrayBuffer[]): void;
  listen(listener: (message: Received) => void): void;
  close(): void;
}
