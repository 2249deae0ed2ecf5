import type { Clock } from '../ports/clock.ts';

interface Entry {
  readonly id: string;
  readonly execution: string;
  readonly dueAt: number;
}

/** The longest the clock is asked to wait at once; a later deadline is looked at again then. */
const MAX_SLEEP_MS = 60 * 60 * 1000;

/**
 * Deadlines of all executions in one heap, with a single alarm for the earliest. Arming an id twice changes nothing. Entries
 * whose deadline the state no longer holds are dropped when they come due: `fire` asks the fold.
 */
export class Timers {
  readonly #clock: Clock;
  readonly #fire: (execution: string, timerId: string) => void;
  readonly #heap: Entry[] = [];
  readonly #armed = new Set<string>();
  #cancelAlarm: (() => void) | undefined;
  #alarmAt = Number.POSITIVE_INFINITY;
  /** By how much the log's clock is behind this process's. */
  #lagMs = 0;

  constructor(clock: Clock, fire: (execution: string, timerId: string) => void) {
    this.#clock = clock;
    this.#fire = fire;
  }

  /** @param dueAt ms since 1970 */
  arm(execution: string, id: string, dueAt: number): void {
    const key = `${execution}/${id}`;
    if (this.#armed.has(key)) return;
    this.#armed.add(key);
    push(this.#heap, { id, execution, dueAt });
    this.#wind();
  }

  /** A timer was early by the log's clock, which stamped it `at`: from now on that clock is waited for. */
  wasEarly(at: number): void {
    this.#lagMs = Math.max(0, this.#clock.now() - at);
  }

  stop(): void {
    this.#cancelAlarm?.();
    this.#cancelAlarm = undefined;
    this.#heap.length = 0;
    this.#armed.clear();
  }

  #wind(): void {
    const first = this.#heap[0];
    if (first === undefined || first.dueAt >= this.#alarmAt) return;
    this.#cancelAlarm?.();
    this.#alarmAt = first.dueAt;
    const delayMs = Math.min(MAX_SLEEP_MS, Math.max(0, first.dueAt - this.#clock.now() + this.#lagMs));
    this.#cancelAlarm = this.#clock.schedule(delayMs, () => this.#ring());
  }

  #ring(): void {
    this.#alarmAt = Number.POSITIVE_INFINITY;
    const now = this.#clock.now() - this.#lagMs;
    for (let first = this.#heap[0]; first !== undefined && first.dueAt <= now; first = this.#heap[0]) {
      pop(this.#heap);
      this.#armed.delete(`${first.execution}/${first.id}`);
      this.#fire(first.execution, first.id);
    }
    this.#wind();
  }
}

function push(heap: Entry[], entry: Entry): void {
  let at = heap.length;
  heap.push(entry);
  while (at > 0) {
    const parent = (at - 1) >> 1;
    const above = heap[parent];
    if (above === undefined || above.dueAt <= entry.dueAt) break;
    heap[at] = above;
    at = parent;
  }
  heap[at] = entry;
}

function pop(heap: Entry[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let at = 0;
  for (;;) {
    const left = 2 * at + 1;
    const right = left + 1;
    const lower =
      (heap[right]?.dueAt ?? Number.POSITIVE_INFINITY) < (heap[left]?.dueAt ?? Number.POSITIVE_INFINITY)
        ? right
        : left;
    const below = heap[lower];
    if (below === undefined || below.dueAt >= last.dueAt) break;
    heap[at] = below;
    at = lower;
  }
  heap[at] = last;
}
