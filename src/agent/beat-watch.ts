import type { Clock } from '../ports/clock.ts';
import type { LivenessBounds } from './definition.ts';

/** How often processes are looked at, where no bound asks for more. */
const LOOK_MS = 1000;

/** More often than this is not worth a bound, however short. */
const SHORTEST_LOOK_MS = 50;

const LOOKS_PER_BOUND = 4;

export interface Watched {
  /** @param lateMs by how much the look is late: so long the host itself was stopped or busy, and noticed nothing */
  look(lateMs: number): void;
}

/** Looks after the attempts that have a process of their own or bounded progress, with one timer for all; none while there are none. */
export class BeatWatch {
  readonly #clock: Clock;
  readonly #lookMs: number;
  readonly #watched = new Set<Watched>();
  #cancelLook: (() => void) | undefined;

  /** `bounds`: of all agents whose attempts will be watched. */
  constructor(clock: Clock, bounds: readonly (LivenessBounds | undefined)[]) {
    this.#clock = clock;
    const shortest = Math.min(
      ...bounds.flatMap((bound) => [bound?.process, bound?.progress]).map((ms) => ms ?? Infinity),
    );
    this.#lookMs = Math.max(SHORTEST_LOOK_MS, Math.min(LOOK_MS, shortest / LOOKS_PER_BOUND));
  }

  add(watched: Watched): void {
    this.#watched.add(watched);
    if (this.#cancelLook === undefined) this.#schedule();
  }

  remove(watched: Watched): void {
    this.#watched.delete(watched);
  }

  stop(): void {
    this.#cancelLook?.();
    this.#cancelLook = undefined;
    this.#watched.clear();
  }

  #schedule(): void {
    const dueAt = this.#clock.monotonic() + this.#lookMs;
    this.#cancelLook = this.#clock.schedule(this.#lookMs, () => this.#look(dueAt));
  }

  #look(dueAt: number): void {
    this.#cancelLook = undefined;
    const lateMs = Math.max(0, this.#clock.monotonic() - dueAt);
    for (const watched of this.#watched) watched.look(lateMs);
    if (this.#watched.size > 0) this.#schedule();
  }
}
