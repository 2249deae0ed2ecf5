/** A map that keeps the `limit` entries used last. Caches of pure results only: losing an entry costs time, not truth. */
export class BoundedCache<Key, Value> {
  readonly #entries = new Map<Key, Value>();
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The kept value, or what `compute` gives; a `compute` that throws leaves nothing behind. */
  getOrCompute(key: Key, compute: () => Value): Value {
    const kept = this.#entries.get(key);
    if (kept !== undefined) {
      // A Map iterates in order of insertion, so inserting again makes this entry the youngest.
      this.#entries.delete(key);
      this.#entries.set(key, kept);
      return kept;
    }
    const value = compute();
    this.#entries.set(key, value);
    if (this.#entries.size > this.#limit) {
      for (const oldest of this.#entries.keys()) {
        this.#entries.delete(oldest);
        break;
      }
    }
    return value;
  }
}
