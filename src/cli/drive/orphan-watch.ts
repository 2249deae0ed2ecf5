import type { Engine } from '../../engine/engine.ts';
import { TroupeError, toTroupeError } from '../../errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Ownership } from '../../ports/ownership.ts';

export interface OrphanWatchOptions {
  readonly engine: Pick<Engine, 'adopt'>;
  readonly ownership: Pick<Ownership, 'orphans'>;
  readonly clock: Clock;
  readonly onAdopted: (execution: string) => void;
  readonly onFailed: (execution: string, error: TroupeError) => void;
  /** After each look, when all that was found has been adopted or given up for now. */
  readonly onRound?: (() => void) | undefined;
}

/** How often to look for executions whose process has gone. */
const ROUND_MS = 1000;
/** One that could not be adopted is left alone for so long. */
const PATIENCE_MS = 60_000;

/** Adopts what nobody drives: what is there at the start, then whatever other processes leave behind. */
export class OrphanWatch {
  readonly #options: OrphanWatchOptions;
  /** When those that could not be adopted may be tried again, on the monotonic clock. */
  readonly #notBefore = new Map<string, number>();
  #cancelRound: (() => void) | undefined;
  #round: Promise<void> | undefined;
  #isStopped = false;

  constructor(options: OrphanWatchOptions) {
    this.#options = options;
  }

  /** Resolves after the first look. */
  start(): Promise<void> {
    this.#round ??= this.#look();
    return this.#round;
  }

  /** Resolves when no adoption is under way any more. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancelRound?.();
    await this.#round;
  }

  async #look(): Promise<void> {
    const { ownership, clock, onRound } = this.#options;
    for (const execution of await ownership.orphans()) {
      if (this.#isStopped) return;
      if (clock.monotonic() >= (this.#notBefore.get(execution) ?? 0)) await this.#adopt(execution);
    }
    onRound?.();
    if (this.#isStopped) return;
    this.#cancelRound = clock.schedule(ROUND_MS, () => {
      this.#round = this.#look();
    });
  }

  async #adopt(execution: string): Promise<void> {
    const { engine, clock, onAdopted, onFailed } = this.#options;
    // Also after a success: one that cannot be read is let go of at once, and would be found again.
    this.#notBefore.set(execution, clock.monotonic() + PATIENCE_MS);
    try {
      await engine.adopt(execution);
      onAdopted(execution);
    } catch (error) {
      if (error instanceof TroupeError && error.code === 'NOT_THE_OWNER') return;
      onFailed(execution, toTroupeError(error));
    }
  }
}
