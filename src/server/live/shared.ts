import type { Surroundings } from '../../inspection/documents.ts';
import type { LiveProgress } from '../../ports/live-feed.ts';
import type { ServerAccess } from '../access.ts';
import { SharedLog } from './shared-log.ts';

/** How long it holds who is there, in ms: as often as feeds look. */
const HOLDS_MS = 1_000;

type Listener = (progress: LiveProgress) => void;

/**
 * What all feeds of one execution have in common, asked of the place once: its log, what its agents say, and who is there. Hundreds
 * of open pages cost the store, or the NATS server, as much as one.
 */
export class SharedExecution {
  readonly log: SharedLog;
  readonly #access: ServerAccess;
  readonly #execution: string;
  readonly #listeners = new Set<Listener>();
  #stopListening: (() => void) | undefined;
  #looked: { readonly at: number; readonly surroundings: Promise<Surroundings> } | undefined;

  constructor(access: ServerAccess, execution: string) {
    this.#access = access;
    this.#execution = execution;
    this.log = new SharedLog(access.of(execution).log);
  }

  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    this.#stopListening ??= this.#access.listen(this.#execution, (progress) => {
      for (const each of [...this.#listeners]) each(progress);
    });
    return () => {
      if (!this.#listeners.delete(listener) || this.#listeners.size > 0) return;
      this.#stopListening?.();
      this.#stopListening = undefined;
    };
  }

  surroundings(): Promise<Surroundings> {
    const now = this.#access.clock.monotonic();
    if (this.#looked === undefined || now - this.#looked.at >= HOLDS_MS) {
      this.#looked = { at: now, surroundings: surroundingsOf(this.#access, this.#execution) };
    }
    return this.#looked.surroundings;
  }
}

/** Who drives it and which hosts are there; what cannot be found out is null. */
export async function surroundingsOf(access: ServerAccess, execution: string): Promise<Surroundings> {
  const [undriven, hosts] = await Promise.all([
    access.undriven([execution]).catch(() => null),
    access.hosts().catch(() => null),
  ]);
  return { isDriven: undriven === null ? null : !undriven.has(execution), hosts };
}
