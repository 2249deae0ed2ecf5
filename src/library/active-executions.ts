import type { Fold } from '../engine/fold.ts';
import type { LifecycleEvent } from '../engine/lifecycle.ts';
import { waitsFor } from '../history/waits-for.ts';
import type { ProcessHold } from './process-hold.ts';

/** An execution that an executor drives and that has not ended. */
export interface ActiveExecution {
  readonly id: string;
  readonly task: string;
  readonly version: string;
  /** `running`, `pausing`, `paused` or `suspended`. */
  readonly status: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  /** Names of the phases at work, in file order. */
  readonly phases: readonly string[];
  /** What it waits for, in words; null while it works by itself. */
  readonly waitsFor: string | null;
}

export interface ActiveExecutionsOptions {
  /** The state, when it is in memory. */
  readonly present: (execution: string) => Fold | undefined;
  readonly hold: ProcessHold;
}

/** The executions that an engine drives, so that asking costs no look into the log. While one of them works the process lives. */
export class ActiveExecutions {
  readonly #options: ActiveExecutionsOptions;
  /** As each was last seen: those that only wait are not in the engine's memory. */
  readonly #seen = new Map<string, ActiveExecution>();
  readonly #working = new Set<string>();
  #release: (() => void) | undefined;

  constructor(options: ActiveExecutionsOptions) {
    this.#options = options;
  }

  has(execution: string): boolean {
    return this.#seen.has(execution);
  }

  /** In the order in which they were begun here. */
  list(): ActiveExecution[] {
    return [...this.#seen].map(([id, seen]) => {
      const fold = this.#options.present(id);
      return fold === undefined ? seen : summaryOf(fold);
    });
  }

  /** Hears what happens to executions and phases; of steps it need not be told. */
  hear({ id }: LifecycleEvent): void {
    const fold = this.#options.present(id);
    if (fold === undefined) this.#forget(id);
    else this.see(fold);
  }

  see(fold: Fold): void {
    const id = fold.world.execution;
    if (fold.hasEnded) {
      this.#forget(id);
      return;
    }
    this.#seen.set(id, summaryOf(fold));
    if (fold.status === 'running' || fold.status === 'pausing' || fold.status === 'rollingBack')
      this.#working.add(id);
    else this.#working.delete(id);
    this.#hold();
  }

  clear(): void {
    this.#seen.clear();
    this.#working.clear();
    this.#hold();
  }

  #forget(id: string): void {
    this.#seen.delete(id);
    this.#working.delete(id);
    this.#hold();
  }

  #hold(): void {
    if (this.#working.size > 0) {
      this.#release ??= this.#options.hold.take();
      return;
    }
    this.#release?.();
    this.#release = undefined;
  }
}

function summaryOf(fold: Fold): ActiveExecution {
  const { world, pinned, context } = fold;
  const phases = pinned.definition.phases.map(({ name }) => name);
  return {
    id: world.execution,
    task: pinned.definition.name,
    version: pinned.definition.version,
    status: fold.status,
    startedAt: context.startedAt,
    phases: phases.filter((name) => context.phases[name] === 'admitted'),
    waitsFor: waitsFor(fold),
  };
}
