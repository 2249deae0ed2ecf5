import type { LifecycleEvent } from './lifecycle.ts';
import type { EngineLogger } from './surroundings.ts';

/** Who is told what happens. One that throws is logged and keeps nobody else from hearing. */
export class Listeners {
  readonly #logger: EngineLogger | undefined;
  readonly #listeners = new Set<(event: LifecycleEvent) => void>();

  constructor(logger: EngineLogger | undefined) {
    this.#logger = logger;
  }

  get isEmpty(): boolean {
    return this.#listeners.size === 0;
  }

  add(listener: (event: LifecycleEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell(event: LifecycleEvent): void {
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch (error) {
        this.#logger?.error({ err: error, event: event.type }, 'a listener failed');
      }
    }
  }
}
