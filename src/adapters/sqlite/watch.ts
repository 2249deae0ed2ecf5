import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../../ports/clock.ts';

export interface WatchOptions {
  readonly database: DatabaseSync;
  readonly clock: Clock;
  /** Nobody needs to know: do not even look. */
  readonly isIdle: () => boolean;
  /** Another connection has committed. */
  readonly onChange: () => void;
  readonly onError: (error: unknown) => void;
}

/**
 * Notices commits of other connections, other processes' included, within 25 ms. Looking costs a few
 * microseconds: https://www.sqlite.org/pragma.html#pragma_data_version. Returns how to stop.
 */
export function watchDatabase({ database, clock, isIdle, onChange, onError }: WatchOptions): () => void {
  const version = database.prepare('PRAGMA data_version');
  let last: unknown;
  let cancel = clock.schedule(WATCH_INTERVAL_MS, look);

  function look(): void {
    cancel = clock.schedule(WATCH_INTERVAL_MS, look);
    if (isIdle()) return;
    try {
      const now = version.get()?.data_version;
      if (now === last) return;
      last = now;
    } catch (error) {
      onError(error);
      return;
    }
    onChange();
  }

  return () => cancel();
}

const WATCH_INTERVAL_MS = 25;
