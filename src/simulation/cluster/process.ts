import { seededRandom } from '../../adapters/memory/seeded-random.ts';
import type { VirtualClock } from '../../adapters/memory/virtual-clock.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Random } from '../../ports/random.ts';
import { choice } from '../chance.ts';

export interface ProcessOptions {
  /** Of the node, which keeps it over restarts. */
  readonly node: string;
  /** From 1; counts the starts of the node. */
  readonly incarnation: number;
  readonly clock: VirtualClock;
  readonly seed: number;
  /** By how much its clock is ahead of the server's, in ms. */
  readonly aheadMs: number;
  /** How fast its clocks go beside the server's; 1: the same. */
  readonly rate: number;
}

/**
 * One start of a node: what it had in memory is gone with it.
 *
 * All that reaches code of the process goes through `run`: while it stands still that waits, and after a crash it never comes. Code
 * of a dead process may still be waiting for an answer; it gets none.
 */
export class SimulatedProcess {
  readonly node: string;
  /** `o1.2`: the second start of `o1`. */
  readonly id: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly #held: (() => void)[] = [];
  readonly #ends = new Set<() => void>();
  #state: 'running' | 'standing still' | 'dead' = 'running';
  /** How often it was made to stand still. */
  stops = 0;

  constructor({ node, incarnation, clock, seed, aheadMs, rate }: ProcessOptions) {
    this.node = node;
    this.id = `${node}.${incarnation}`;
    const bornAt = clock.monotonic();
    const own = (ms: number): number => Math.round(ms * rate);
    this.clock = {
      now: () => clock.now() + aheadMs,
      monotonic: () => own(clock.monotonic() - bornAt),
      schedule: (delayMs, callback) =>
        this.isDead ? () => undefined : clock.schedule(delayMs / rate, () => this.run(callback)),
      soon: (callback) => clock.soon(() => this.run(callback)),
    };
    this.random = seededRandom(choice(seed, this.id, 2 ** 31));
  }

  get isDead(): boolean {
    return this.#state === 'dead';
  }

  get isStandingStill(): boolean {
    return this.#state === 'standing still';
  }

  run(callback: () => void): void {
    if (this.#state === 'running') callback();
    else if (this.#state === 'standing still') this.#held.push(callback);
  }

  /** As SIGSTOP does. */
  stop(): void {
    if (this.#state !== 'running') return;
    this.#state = 'standing still';
    this.stops += 1;
  }

  /** As SIGCONT does: everything that came meanwhile happens now. */
  continue(): void {
    if (this.#state !== 'standing still') return;
    this.#state = 'running';
    for (const callback of this.#held.splice(0)) this.run(callback);
  }

  /** As SIGKILL does. */
  crash(): void {
    if (this.#state === 'dead') return;
    this.#state = 'dead';
    this.#held.length = 0;
    for (const ended of this.#ends) ended();
  }

  /** Calls back in the moment in which it crashes; for those outside that hold something of it. */
  onEnd(ended: () => void): void {
    this.#ends.add(ended);
  }
}
