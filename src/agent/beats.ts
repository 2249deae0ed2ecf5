import type { LivenessBounds } from './definition.ts';

/** Looks whether an agent's process lives and calls `seen` if it does, now or when it has answered. */
export type ProcessProbe = (seen: () => void) => void;

/** A beat that stopped for longer than its bound. */
export interface Silence {
  readonly beat: 'process' | 'progress';
  readonly silentMs: number;
  readonly boundMs: number;
}

/**
 * Two of the three beats of an attempt: its process lives, it makes progress. (The third is its host's.) Times are on the host's
 * monotonic clock.
 */
export class Beats {
  readonly #bounds: LivenessBounds;
  readonly #progress: Beat;
  /** Absent until there is a process. */
  #process: Beat | undefined;
  /** While there is one. */
  #probe: ProcessProbe | undefined;

  constructor(bounds: LivenessBounds | undefined, now: number) {
    this.#bounds = bounds ?? NO_BOUNDS;
    this.#progress = { at: now, excusedMs: 0 };
  }

  /** Whether somebody has to look from time to time: there is a process, or progress is bounded. */
  get areWatched(): boolean {
    return this.#probe !== undefined || this.#bounds.progress !== undefined;
  }

  get progressAt(): number {
    return this.#progress.at;
  }

  /** An agent without a process of its own lives as long as its host: until now. */
  processSeenAt(now: number): number {
    return this.#process?.at ?? now;
  }

  progressed(now: number): void {
    beat(this.#progress, now);
  }

  /** There is a process from now on. Returns how to say that it has ended, which nobody takes for silence. */
  watch(probe: ProcessProbe, now: number): () => void {
    this.#process = { at: now, excusedMs: 0 };
    this.#probe = probe;
    return () => {
      if (this.#probe === probe) this.#probe = undefined;
    };
  }

  /** Looks at the process; `now` is asked again when it answers. */
  look(now: () => number): void {
    const process = this.#process;
    if (process !== undefined) this.#probe?.(() => beat(process, now()));
  }

  /** While the host itself stood still it could not see or hear anything: that time counts against nobody. */
  excuse(ms: number): void {
    this.#progress.excusedMs += ms;
    if (this.#process !== undefined) this.#process.excusedMs += ms;
  }

  /** The beat that stopped for longer than its bound; the process first, since without it there is no progress. */
  silence(now: number): Silence | undefined {
    const { process, progress } = this.#bounds;
    const living = this.#probe && this.#process;
    return (
      (living && overdue('process', living, process, now)) ??
      overdue('progress', this.#progress, progress, now)
    );
  }
}

const NO_BOUNDS: LivenessBounds = {};

interface Beat {
  /** The last one. */
  at: number;
  /** Since then, how long the host could not have noticed another. */
  excusedMs: number;
}

function beat(of: Beat, now: number): void {
  of.at = now;
  of.excusedMs = 0;
}

function overdue(
  name: Silence['beat'],
  { at, excusedMs }: Beat,
  boundMs: number | undefined,
  now: number,
): Silence | undefined {
  const silentMs = now - at - excusedMs;
  return boundMs === undefined || silentMs < boundMs ? undefined : { beat: name, silentMs, boundMs };
}
