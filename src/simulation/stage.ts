import type { StartRequest } from '../engine/engine-options.ts';
import type { Fold } from '../engine/fold.ts';
import type { LifecycleEvent } from '../engine/lifecycle.ts';
import type { LogRecord, NewRecord } from '../ports/event-log.ts';

/**
 * Where simulated executions run: the real engine, machines and agent host on virtual time and storage in memory. Either all is
 * well there (`CalmStage`: one process), or several orchestrators and hosts suffer faults (`Cluster`).
 *
 * 1. Nothing happens by itself: time moves in `step` alone.
 * 2. The same seed and the same calls give the same trace, byte for byte.
 */
export interface Stage extends AsyncDisposable {
  /** Virtual time, in ms since 1970. */
  now(): number;
  start(request: StageStart): Promise<void>;
  /** Appends as any author may. Resolves when the record is in the log and what it causes without time passing has happened. */
  append(record: NewRecord): Promise<LogRecord>;
  records(execution: string): Promise<readonly LogRecord[]>;
  /** The state as the log has it now; not to be changed, and not to be kept over a `step`. */
  fold(execution: string): Promise<Fold | undefined>;
  /** Hears what owners tell; at least once. Returns how to stop. */
  listen(listener: (event: LifecycleEvent) => void): () => void;
  /**
   * Moves time to the next moment at which something is due, at most to `until` (ms since 1970), and lets everything happen that
   * happens then. False: nothing is due any more, or `until` is reached.
   */
  step(until?: number): Promise<boolean>;
}

export type StageStart = Pick<StartRequest, 'execution' | 'pinned' | 'input' | 'rerunOf'>;
