import type { LifecycleEvent } from './lifecycle.ts';
import type { EngineLogger } from './surroundings.ts';

/** Who is told what happens. One that throws is logged and keeps nobody else from hearing. */
export class Listeners {
  readonly #logger: EngineLogger | undefined;
  readonly #listeners = new Set<(event: LifecycleEvent) => void>();
  /** Those who do not hear of steps. */
  readonly #coarse = new Set<(event: LifecycleEvent) => void>();

  constructor(logger: EngineLogger | undefined) {
    this.#logger = logger;
  }

  get isEmpty(): boolean {
    return this.#listeners.size === 0;
  }

  /** Whether anybody hears of steps. */
  get hearSteps(): boolean {
    return this.#listeners.size > this.#coarse.size;
  }

  add(listener: (event: LifecycleEvent) => void, { steps }: { readonly steps: boolean }): () => void {
    this.#listeners.add(listener);
    if (!steps) this.#coarse.add(listener);
    return () => {
      this.#listeners.delete(listener);
      this.#coarse.delete(listener);
    };
  }

  tell(event: LifecycleEvent): void {
    const isOfStep = event.type.startsWith('step:');
    for (const listener of this.#listeners) {
      if (isOfStep && this.#coarse.has(listener)) continue;
      try {
        listener(event);
      } catch (error) {
        this.#logger?.error({ err: error, event: event.type }, 'a listener failed');
      }
    }
  }
}
