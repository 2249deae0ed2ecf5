import type { Clock } from '../../ports/clock.ts';

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  schedule(delayMs, callback) {
    if (delayMs > LONGEST_TIMER_MS) return scheduleLong(delayMs, callback);
    const timer = setTimeout(callback, delayMs).unref();
    return () => clearTimeout(timer);
  },
  // Not `process.nextTick`: after a commit has held up the loop, many timers are due at once, and Node empties the tick queue after
  // each of them. What all of them append belongs into one commit.
  soon: (callback) => void setImmediate(callback),
};

/** Node fires timers at once that are longer than a signed 32-bit number: https://nodejs.org/api/timers.html */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

function scheduleLong(delayMs: number, callback: () => void): () => void {
  let cancel = systemClock.schedule(LONGEST_TIMER_MS, () => {
    cancel = systemClock.schedule(delayMs - LONGEST_TIMER_MS, callback);
  });
  return () => cancel();
}
