import type { Clock } from '../../ports/clock.ts';
import { popTimer, pushTimer, type Timer } from './timer-heap.ts';

/**
 * Time that only moves when it is told to. `soon` is the real one: its order is certain, and nothing that waits for it hangs
 * because nobody moves the clock.
 */
export class VirtualClock implements Clock {
  readonly #startAt: number;
  #now: number;
  readonly #timers: Timer[] = [];
  #count = 0;

  /** `startAt`: milliseconds since 1970. Default: 2020-01-01. */
  constructor(startAt = Date.UTC(2020, 0, 1)) {
    this.#startAt = startAt;
    this.#now = startAt;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now - this.#startAt;
  }

  schedule(delayMs: number, callback: () => void): () => void {
    this.#count += 1;
    // In whole milliseconds, as a system's timers are: a fraction of one would be lost in the sum, and come due for ever.
    const timer: Timer = { at: this.#now + Math.max(0, Math.ceil(delayMs)), order: this.#count, callback };
    pushTimer(this.#timers, timer);
    return () => {
      timer.callback = undefined;
    };
  }

  soon(callback: () => void): void {
    process.nextTick(callback);
  }

  /** When the next timer is due; undefined when there is none. */
  get nextAt(): number | undefined {
    while (this.#timers[0] !== undefined && this.#timers[0].callback === undefined) popTimer(this.#timers);
    return this.#timers[0]?.at;
  }

  /** Moves time forward, timer by timer; what each of them starts settles before the next. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    await settled();
    for (let at = this.nextAt; at !== undefined && at <= until; at = this.nextAt) {
      this.#now = Math.max(this.#now, at);
      popTimer(this.#timers)?.callback?.();
      await settled();
    }
    this.#now = until;
  }

  /**
   * Moves time to the next timer and lets what it starts settle. Cheaper than `advance` for whoever lets everything settle each time:
   * what was begun before is not waited for. False when there is no timer.
   */
  async next(): Promise<boolean> {
    const at = this.nextAt;
    if (at === undefined) return false;
    this.#now = Math.max(this.#now, at);
    popTimer(this.#timers)?.callback?.();
    await settled();
    return true;
  }

  /**
   * As if everything stood still meanwhile, like a machine that sleeps: what would have been due until then is due when it wakes, and
   * comes late. Nothing runs before time moves on.
   */
  leap(ms: number): void {
    this.#now += ms;
  }

  /** Runs until nothing is left to do and no timer is due within `limitMs` of now. Default: until there is no timer at all. */
  async runUntilIdle(limitMs = Infinity): Promise<void> {
    const until = this.#now + limitMs;
    await settled();
    for (let at = this.nextAt; at !== undefined && at <= until; at = this.nextAt) {
      await this.advance(at - this.#now);
    }
  }
}

/** Lets promises and `soon` callbacks run until none is left. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
