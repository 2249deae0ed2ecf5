import { keepAlive } from '../adapters/system/keep-alive.ts';

/**
 * Keeps the process alive while somebody here waits: timers of the clock do not, and what is waited for may come from one of
 * them alone.
 */
export class ProcessHold {
  #holders = 0;
  #release: (() => void) | undefined;

  /** Returns how to let go; to be called once. */
  take(): () => void {
    this.#release ??= keepAlive();
    this.#holders += 1;
    return () => {
      this.#holders -= 1;
      if (this.#holders > 0) return;
      this.#release?.();
      this.#release = undefined;
    };
  }

  /** Until the work is settled. */
  async during<T>(work: Promise<T>): Promise<T> {
    const release = this.take();
    try {
      return await work;
    } finally {
      release();
    }
  }
}
