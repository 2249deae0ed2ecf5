import type { Clock } from '../ports/clock.ts';

/** A clock that ends with the process that it was given to: what that one planned does not happen any more. */
export class LifeClock implements Clock {
  readonly #clock: Clock;
  #isOver = false;
  /** How many wait for their time. */
  waiting = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  end(): void {
    this.#isOver = true;
  }

  now(): number {
    return this.#clock.now();
  }

  monotonic(): number {
    return this.#clock.monotonic();
  }

  schedule(delayMs: number, callback: () => void): () => void {
    let isOpen = true;
    const leave = (): void => {
      if (isOpen) this.waiting -= 1;
      isOpen = false;
    };
    this.waiting += 1;
    const cancel = this.#clock.schedule(delayMs, () => {
      leave();
      if (!this.#isOver) callback();
    });
    return () => {
      leave();
      cancel();
    };
  }

  soon(callback: () => void): void {
    this.#clock.soon(() => {
      if (!this.#isOver) callback();
    });
  }
}
