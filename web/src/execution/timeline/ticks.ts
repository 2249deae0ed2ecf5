const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const STEPS = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 15, 30].map((count) => count * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((count) => count * MINUTE),
  ...[1, 2, 3, 6, 12].map((count) => count * HOUR),
  ...[1, 2, 7, 14, 30, 90, 365].map((count) => count * DAY),
];

/** The finest sensible distance of ticks, in ms, at which not more than `count` fit into `length` ms. */
export function tickStep(length: number, count: number): number {
  return STEPS.find((step) => length / step <= Math.max(1, count)) ?? (STEPS.at(-1) as number);
}

/** Time since the start, as exact as ticks `step` ms apart need: `0`, `250 ms`, `12.5 s`, `1:30`, `2 h 05`, `3 d 4 h`. */
export function tickLabel(elapsed: number, step: number): string {
  if (elapsed === 0) return '0';
  if (elapsed < SECOND && step < SECOND) return `${Math.round(elapsed)} ms`;
  if (elapsed < MINUTE) {
    const digits = step < 10 ? 3 : step < 100 ? 2 : step < SECOND ? 1 : 0;
    return `${(elapsed / SECOND).toFixed(digits)} s`;
  }
  const seconds = Math.floor((elapsed % MINUTE) / SECOND);
  const rest =
    step < SECOND
      ? `.${String(Math.floor(elapsed % SECOND))
          .padStart(3, '0')
          .slice(0, step < 10 ? 3 : step < 100 ? 2 : 1)}`
      : '';
  const minutes = Math.floor(elapsed / MINUTE);
  if (elapsed < HOUR) return `${minutes}:${pad(seconds)}${rest}`;
  if (elapsed < DAY) {
    const hours = Math.floor(elapsed / HOUR);
    if (step < MINUTE) return `${hours}:${pad(minutes % 60)}:${pad(seconds)}${rest}`;
    return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${pad(minutes % 60)}`;
  }
  const days = Math.floor(elapsed / DAY);
  const hours = Math.floor((elapsed % DAY) / HOUR);
  if (step < HOUR) return `${days} d ${pad(hours)}:${pad(minutes % 60)}`;
  return hours === 0 ? `${days} d` : `${days} d ${hours} h`;
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}

/**
 * The end of an axis that time grows into: the next of a few round lengths, so that the axis stands still while bars grow and steps
 * on rarely, a third or so each time.
 */
export function roomFor(elapsed: number): number {
  let unit = SECOND;
  for (;;) {
    for (const factor of [1, 1.5, 2, 3, 4, 6, 8]) if (elapsed <= unit * factor) return unit * factor;
    unit *= 10;
  }
}
