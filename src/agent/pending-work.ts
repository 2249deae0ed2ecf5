import type { Clock } from '../ports/clock.ts';

/** Counts what has begun and not ended, and tells when nothing is left. */
export class PendingWork {
  readonly #waiting = new Set<() => void>();
  #count = 0;

  begin(): void {
    this.#count += 1;
  }

  end(): void {
    this.#count -= 1;
    if (this.#count === 0) for (const wake of this.#waiting) wake();
  }

  /** Resolves when nothing is left, or after `atMostMs`. */
  untilDone(atMostMs: number, clock: Clock): Promise<void> {
    if (this.#count === 0 || atMostMs <= 0) return Promise.resolve();
    return new Promise((resolve) => {
      const isBounded = Number.isFinite(atMostMs);
      const cancelTimer = isBounded ? clock.schedule(atMostMs, () => wake()) : undefined;
      const wake = () => {
        cancelTimer?.();
        this.#waiting.delete(wake);
        resolve();
      };
      this.#waiting.add(wake);
    });
  }
}
