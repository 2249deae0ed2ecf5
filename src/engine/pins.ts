import type { ArtifactStore } from '../ports/artifact-store.ts';
import { type IndexedPinned, indexPinned, type Pinned, pinnedBytes } from './pinned.ts';

/** How many pinned definitions are kept ready; beyond that the least recently used is read again. */
const KEPT = 256;

/** Pinned definitions by digest, shared by all executions that run them. */
export class Pins {
  readonly #artifacts: ArtifactStore;
  readonly #ready = new Map<string, IndexedPinned>();
  /** A definition object already pinned in this process: starting it again costs no hashing. */
  readonly #known = new WeakMap<object, string>();

  constructor(artifacts: ArtifactStore) {
    this.#artifacts = artifacts;
  }

  /** Stores the definition; equal content gives the same digest. */
  async pin(pinned: Pinned): Promise<IndexedPinned> {
    const known = this.#known.get(pinned);
    const ready = known === undefined ? undefined : this.#ready.get(known);
    if (ready !== undefined) return ready;
    const { $artifact } = await this.#artifacts.put(pinnedBytes(pinned), { mediaType: 'application/json' });
    this.#known.set(pinned, $artifact);
    return this.#keep(indexPinned(pinned, $artifact));
  }

  /** Fetched and verified by the store. */
  async get(digest: string): Promise<IndexedPinned> {
    const ready = this.#ready.get(digest);
    if (ready !== undefined) {
      this.#ready.delete(digest);
      this.#ready.set(digest, ready);
      return ready;
    }
    const bytes = await this.#artifacts.get(digest);
    return this.#keep(indexPinned(JSON.parse(new TextDecoder().decode(bytes)) as Pinned, digest));
  }

  #keep(pinned: IndexedPinned): IndexedPinned {
    this.#ready.set(pinned.digest, pinned);
    const [oldest] = this.#ready.keys();
    if (this.#ready.size > KEPT && oldest !== undefined) this.#ready.delete(oldest);
    return pinned;
  }
}
