/** A binary heap of timers: a simulation keeps thousands of them, most of them leases that are renewed. */

export interface Timer {
  readonly at: number;
  /** Of two that are due at once, the older goes first. */
  readonly order: number;
  /** Absent once cancelled. */
  callback: (() => void) | undefined;
}

export function pushTimer(heap: Timer[], timer: Timer): void {
  let index = heap.length;
  while (index > 0) {
    const parentIndex = (index - 1) >>> 1;
    const parent = heap[parentIndex];
    if (parent === undefined || isBefore(parent, timer)) break;
    heap[index] = parent;
    index = parentIndex;
  }
  heap[index] = timer;
}

/** Takes out the timer that is due first. */
export function popTimer(heap: Timer[]): Timer | undefined {
  const first = heap[0];
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return first;
  let index = 0;
  for (;;) {
    const left = 2 * index + 1;
    const right = left + 1;
    const leftTimer = heap[left];
    if (leftTimer === undefined) break;
    const rightTimer = heap[right];
    const isRight = rightTimer !== undefined && isBefore(rightTimer, leftTimer);
    const child = isRight ? rightTimer : leftTimer;
    if (isBefore(last, child)) break;
    heap[index] = child;
    index = isRight ? right : left;
  }
  heap[index] = last;
  return first;
}

function isBefore(one: Timer, other: Timer): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}
