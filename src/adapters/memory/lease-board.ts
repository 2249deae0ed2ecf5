import type { Subscription } from '../../ports/event-log.ts';
import type { LeaseBoard, LeaseEntry, LeaseKey } from '../../ports/lease-board.ts';

type Listener = (key: LeaseKey, entry: LeaseEntry | undefined) => void;

/** A board that orchestrators in one process share, for tests and simulation. */
export class MemoryLeaseBoard implements LeaseBoard {
  readonly #entries = new Map<LeaseKey, LeaseEntry>();
  readonly #listeners = new Set<Listener>();

  async put(key: LeaseKey, entry: LeaseEntry): Promise<void> {
    this.#entries.set(key, entry);
    this.#tell(key, entry);
  }

  async remove(key: LeaseKey): Promise<void> {
    if (this.#entries.delete(key)) this.#tell(key, undefined);
  }

  async get(key: LeaseKey): Promise<LeaseEntry | undefined> {
    return this.#entries.get(key);
  }

  async watch(listener: Listener): Promise<Subscription> {
    const own: Listener = (key, entry) => listener(key, entry);
    this.#listeners.add(own);
    for (const [key, entry] of this.#entries) own(key, entry);
    const stop = async (): Promise<void> => void this.#listeners.delete(own);
    return { stop, [Symbol.asyncDispose]: stop };
  }

  #tell(key: LeaseKey, entry: LeaseEntry | undefined): void {
    for (const listener of this.#listeners) listener(key, entry);
  }
}
