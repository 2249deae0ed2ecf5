import type { Json } from '../json.ts';

/** What agents say while they work; never in the log, gone when nobody listens. */
export interface LiveProgress {
  readonly execution: string;
  readonly step: string;
  readonly attempt: number;
  readonly agent: string;
  readonly progress: Json;
}

export interface LiveFeed {
  publish(progress: LiveProgress): void;
  /** @param execution of one execution; undefined: of all. Returns how to stop listening */
  listen(execution: string | undefined, listener: (progress: LiveProgress) => void): () => void;
}
