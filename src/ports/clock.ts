/** Time for everything outside the fold. The fold itself only knows the log's stamps. */
export interface Clock {
  /** Milliseconds since 1970 (UTC). */
  now(): number;
  /** Milliseconds that only grow; for leases and durations within one process. */
  monotonic(): number;
  /** Runs `callback` once after `delayMs`; returns how to cancel it. Timers never keep a process alive. */
  schedule(delayMs: number, callback: () => void): () => void;
  /** Runs `callback` once what is due now has been done. */
  soon(callback: () => void): void;
}
