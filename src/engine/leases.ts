import type { Clock } from '../ports/clock.ts';
import type { Position } from '../ports/event-log.ts';

export interface Lease {
  readonly execution: string;
  readonly step: string;
  readonly attempt: number;
  readonly fence: Position;
  readonly leaseMs: number;
  /** On this process's monotonic clock. */
  expiresAt: number;
}

/**
 * How long each live claim still holds. Not part of the folded state: heartbeats never reach the log, only an expiry does. One
 * sweep serves all claims, so that a claim costs no timer.
 */
export class Leases {
  readonly #clock: Clock;
  readonly #longestSweepMs: number;
  /** A quarter of the shortest lease that was given. */
  #sweepMs: number;
  readonly #expire: (lease: Lease) => void;
  readonly #leases = new Map<Position, Lease>();
  #cancelSweep: (() => void) | undefined;
  #sweptAt = 0;

  constructor(clock: Clock, leaseMs: number, expire: (lease: Lease) => void) {
    this.#clock = clock;
    this.#longestSweepMs = leaseMs / 4;
    this.#sweepMs = this.#longestSweepMs;
    this.#expire = expire;
  }

  grant(lease: Omit<Lease, 'expiresAt'>): void {
    this.#leases.set(lease.fence, { ...lease, expiresAt: this.#clock.monotonic() + lease.leaseMs });
    const sweepMs = Math.min(this.#longestSweepMs, lease.leaseMs / 4);
    if (sweepMs < this.#sweepMs) {
      this.#sweepMs = sweepMs;
      this.#cancelSweep?.();
      this.#cancelSweep = undefined;
    }
    if (this.#cancelSweep === undefined) this.#scheduleSweep();
  }

  refresh(fence: Position): void {
    const lease = this.#leases.get(fence);
    if (lease !== undefined) lease.expiresAt = this.#clock.monotonic() + lease.leaseMs;
  }

  drop(fence: Position): void {
    this.#leases.delete(fence);
  }

  stop(): void {
    this.#cancelSweep?.();
    this.#cancelSweep = undefined;
    this.#leases.clear();
  }

  #scheduleSweep(): void {
    this.#sweptAt = this.#clock.monotonic();
    this.#cancelSweep = this.#clock.schedule(this.#sweepMs, () => this.#sweep());
  }

  #sweep(): void {
    this.#cancelSweep = undefined;
    const now = this.#clock.monotonic();
    // A sweep that comes far too late means that this process itself stood still (suspended, stopped): its hosts' beats may be
    // waiting to be heard, so every claim gets one fresh lease.
    const stoodStill = now - this.#sweptAt > 3 * this.#sweepMs;
    for (const lease of this.#leases.values()) {
      if (stoodStill) {
        lease.expiresAt = now + lease.leaseMs;
      } else if (lease.expiresAt <= now) {
        this.#leases.delete(lease.fence);
        this.#expire(lease);
      }
    }
    if (this.#leases.size > 0) this.#scheduleSweep();
    else this.#sweepMs = this.#longestSweepMs;
  }
}
