import { executionMovedOn } from '../errors.ts';
import type { Fold } from './fold.ts';

interface Ending {
  readonly promise: Promise<Fold>;
  readonly resolve: (fold: Fold | Promise<Fold>) => void;
  readonly reject: (error: unknown) => void;
}

/** Who waits for the end of which execution. */
export class Endings {
  readonly #endings = new Map<string, Ending>();

  of(execution: string): Promise<Fold> {
    let ending = this.#endings.get(execution);
    if (ending === undefined) {
      ending = Promise.withResolvers<Fold>();
      // Whoever asked hears of a failure; the process need not end of it when nobody did.
      ending.promise.catch(() => undefined);
      this.#endings.set(execution, ending);
    }
    return ending.promise;
  }

  /** The execution has ended, or will when the promise says so. */
  settle(execution: string, end: Promise<Fold>): void {
    const ending = this.#endings.get(execution);
    this.#endings.delete(execution);
    if (ending === undefined) end.catch(() => undefined);
    else ending.resolve(end);
  }

  /** Nobody here will hear of the ends any more. */
  abandon(): void {
    for (const [execution, ending] of this.#endings) ending.reject(executionMovedOn(execution));
    this.#endings.clear();
  }
}
