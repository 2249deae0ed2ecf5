/** Content that was read lately, by digest; so that what many steps share is fetched once. What is kept is bounded in bytes. */
export class RecentContent {
  /** The oldest use first. */
  readonly #kept = new Map<string, Uint8Array>();
  #bytes = 0;

  /** A copy (which the `slice` of a Buffer is not): nobody can change what is kept. */
  get(hex: string): Uint8Array | undefined {
    const bytes = this.#kept.get(hex);
    if (bytes === undefined) return undefined;
    this.#kept.delete(hex);
    this.#kept.set(hex, bytes);
    return new Uint8Array(bytes);
  }

  /** Large content is not kept. */
  add(hex: string, bytes: Uint8Array): void {
    if (bytes.byteLength > LARGEST_BYTES || this.#kept.has(hex)) return;
    this.#kept.set(hex, new Uint8Array(bytes));
    this.#bytes += bytes.byteLength;
    for (const [oldest, { byteLength }] of this.#kept) {
      if (this.#bytes <= LIMIT_BYTES) return;
      this.#kept.delete(oldest);
      this.#bytes -= byteLength;
    }
  }
}

const LIMIT_BYTES = 16 * 1024 * 1024;
const LARGEST_BYTES = 512 * 1024;
