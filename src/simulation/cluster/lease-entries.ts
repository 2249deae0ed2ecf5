import type { Subscription } from '../../ports/event-log.ts';
import type { LeaseBoard, LeaseEntry, LeaseKey } from '../../ports/lease-board.ts';
import type { Network } from './network.ts';
import type { SimulatedProcess } from './process.ts';

/** The board of leases at the server. */
export class LeaseEntries {
  readonly #network: Network;
  readonly #entries = new Map<LeaseKey, LeaseEntry>();
  readonly #watches = new Set<Watch>();

  constructor(network: Network) {
    this.#network = network;
  }

  /** The board as a process has it. */
  seenBy(process: SimulatedProcess): LeaseBoard {
    const ask = <T>(what: string, answer: () => T): Promise<T> =>
      this.#network.ask(process, what, answer, { tries: 1, timeoutMs: 5_000 });
    return {
      put: (key, entry) => ask('lease put', () => this.#set(key, entry)),
      remove: (key) => ask('lease removed', () => this.#set(key, undefined)),
      get: (key) => ask('lease asked for', () => this.#entries.get(key)),
      watch: async (listener) => {
        const watch: Watch = { process, listener, told: new Map(), isDue: false };
        await this.#network.ask(process, 'leases watched', () => this.#watches.add(watch), { tries: 100 });
        process.onEnd(() => this.#watches.delete(watch));
        this.#tell(watch);
        const stop = async (): Promise<void> => void this.#watches.delete(watch);
        return { stop, [Symbol.asyncDispose]: stop } satisfies Subscription;
      },
    };
  }

  #set(key: LeaseKey, entry: LeaseEntry | undefined): void {
    if (entry === undefined) this.#entries.delete(key);
    else this.#entries.set(key, entry);
    for (const watch of this.#watches) this.#notify(watch);
  }

  /** What lies between two messages is left out, as a watch may. */
  #notify(watch: Watch): void {
    if (watch.isDue) return;
    watch.isDue = true;
    this.#network.toConsumer(watch.process, 'leases', () => {
      watch.isDue = false;
      this.#tell(watch);
    });
  }

  #tell({ listener, told }: Watch): void {
    for (const key of [...told.keys()]) {
      if (this.#entries.has(key)) continue;
      told.delete(key);
      listener(key, undefined);
    }
    for (const [key, entry] of this.#entries) {
      if (told.get(key) === entry) continue;
      told.set(key, entry);
      listener(key, entry);
    }
  }
}

interface Watch {
  readonly process: SimulatedProcess;
  readonly listener: (key: LeaseKey, entry: LeaseEntry | undefined) => void;
  readonly told: Map<LeaseKey, LeaseEntry>;
  /** A message is on its way. */
  isDue: boolean;
}
