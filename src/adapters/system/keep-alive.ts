/**
 * Keeps the process alive until the returned function is called, which may be done twice. Needed by whoever waits for what
 * only timers of the clock will bring: those do not keep a process alive.
 */
export function keepAlive(): () => void {
  const timer = setInterval(() => undefined, LONGEST_INTERVAL_MS);
  return () => clearInterval(timer);
}

/** The longest that Node does not take for 1 ms: https://nodejs.org/api/timers.html */
const LONGEST_INTERVAL_MS = 2 ** 31 - 1;
