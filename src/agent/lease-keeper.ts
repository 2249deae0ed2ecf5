import type { ClaimDesk, Heartbeat } from '../ports/claim-desk.ts';
import type { Clock } from '../ports/clock.ts';
import type { StopCause } from './stop-cause.ts';

/**
 * Keeps a host's claims alive with one timer for all of them.
 *
 * 1. Every claim is confirmed at least three times per lease.
 * 2. A lease counts from the moment its last answered heartbeat (or the claim) was sent, never from the answer, and work
 *    stops at 0.8 of it: the owner, who counts from the answer, cannot give the step to another host before (I3).
 * 3. `unknown` is no confirmation: the work goes on, the lease runs on.
 * 4. A host that stood still itself (SIGSTOP, Ctrl-Z) asks before it stops anything: its agents went on meanwhile, and an owner
 *    that stood still with it has given their steps to nobody.
 */

const BEATS_PER_LEASE = 3;
const USABLE_PART = 0.8;

/** A timer that comes so much too late says that the process did not run. */
const STOOD_STILL_MS = 1_000;

export interface Held extends Heartbeat {
  readonly leaseMs: number;
  /** On the monotonic clock, from when the lease last confirmed was asked for. */
  leaseFrom: number;
  /** On the monotonic clock; Infinity without a deadline. */
  readonly deadlineAt: number;
  /** May be called again while the work is ending. */
  stop(cause: StopCause): void;
  /** The sealed vote that it holds is to be told. May be called again. */
  reveal(): void;
}

export class LeaseKeeper {
  readonly #clock: Clock;
  readonly #desk: ClaimDesk;
  readonly #held = new Set<Held>();
  #nextBeatAt = Number.POSITIVE_INFINITY;
  #wakeAt = Number.POSITIVE_INFINITY;
  #cancelWake: (() => void) | undefined;

  constructor({ clock, desk }: { clock: Clock; desk: ClaimDesk }) {
    this.#clock = clock;
    this.#desk = desk;
  }

  /** Whether work may begin: a grant that was long on its way may be worth nothing any more. */
  isUsable(held: Held): boolean {
    return this.#clock.monotonic() < usableUntil(held);
  }

  add(held: Held): void {
    this.#held.add(held);
    this.#nextBeatAt = Math.min(this.#nextBeatAt, held.leaseFrom + held.leaseMs / BEATS_PER_LEASE);
    this.#wakeBefore(Math.min(this.#nextBeatAt, held.deadlineAt));
  }

  remove(held: Held): void {
    this.#held.delete(held);
  }

  stop(): void {
    this.#cancelWake?.();
    this.#held.clear();
    this.#nextBeatAt = this.#wakeAt = Number.POSITIVE_INFINITY;
  }

  /** A claim that ends leaves the timer alone: it finds nothing to do, which is cheaper than a timer per claim. */
  #wakeBefore(at: number): void {
    if (at >= this.#wakeAt) return;
    this.#cancelWake?.();
    this.#wakeAt = at;
    this.#cancelWake = this.#clock.schedule(Math.max(0, at - this.#clock.monotonic()), () => this.#wake());
  }

  #wake(): void {
    const now = this.#clock.monotonic();
    const stoodStill = now - this.#wakeAt > STOOD_STILL_MS;
    this.#wakeAt = Number.POSITIVE_INFINITY;
    if (stoodStill) {
      void this.#beat(now).then(() => this.#stopOverdue(now));
    } else {
      this.#stopOverdue(now);
      if (now >= this.#nextBeatAt) void this.#beat(now);
    }
    this.#wakeBefore(this.#nextWakeAt(now));
  }

  #stopOverdue(now: number): void {
    for (const held of this.#held) {
      if (now >= usableUntil(held)) held.stop('lease-lost');
      else if (now >= held.deadlineAt) held.stop('timeout');
    }
  }

  #beat(now: number): Promise<void> {
    const beating = [...this.#held];
    const shortest = Math.min(...beating.map(({ leaseMs }) => leaseMs));
    this.#nextBeatAt = now + shortest / BEATS_PER_LEASE;
    if (beating.length === 0) return Promise.resolve();
    const beats = beating.map(({ execution, step, attempt, fence }) => ({ execution, step, attempt, fence }));
    return this.#desk.heartbeat(beats).then(
      (answers) => {
        for (const [index, held] of beating.entries()) {
          if (answers[index] === 'cancel') held.stop('cancelled');
          if (answers[index] === 'reveal') held.reveal();
          if (answers[index] === 'ok' || answers[index] === 'reveal')
            held.leaseFrom = Math.max(held.leaseFrom, now);
        }
      },
      // Not answered, so nothing is confirmed: the next beat is on its way, and the lease decides.
      () => undefined,
    );
  }

  /** What has been stopped for good stays until its report is through, but needs no more waking than its beats. */
  #nextWakeAt(now: number): number {
    let at = this.#nextBeatAt;
    for (const held of this.#held) {
      for (const due of [usableUntil(held), held.deadlineAt]) if (due > now && due < at) at = due;
    }
    return at;
  }
}

function usableUntil({ leaseFrom, leaseMs }: Held): number {
  return leaseFrom + leaseMs * USABLE_PART;
}
