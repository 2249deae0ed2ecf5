import type { ScrubbedStream, Scrubber } from './scrub.ts';

/** How much of what an attempt writes to stderr is kept: its end. */
export const LOG_LIMIT_BYTES = 256 * 1024;

/** The last 256 KiB that an attempt logged, without secrets. */
export class AttemptLog {
  readonly #chunks: Uint8Array[] = [];
  readonly #scrubbed: ScrubbedStream | undefined;
  #bytes = 0;
  #dropped = 0;

  constructor(scrubber: Scrubber | undefined) {
    this.#scrubbed = scrubber?.stream();
  }

  write(chunk: string | Uint8Array): void {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    // Scrubbed before anything is dropped, so that no half of a secret is left at the cut.
    this.#append(this.#scrubbed?.push(bytes) ?? bytes);
  }

  /** The end of the text, at most `count` lines and 4 KiB. */
  lastLines(count: number): string {
    const text = Buffer.from(this.bytes().slice(-4096)).toString();
    return text.trimEnd().split('\n').slice(-count).join('\n');
  }

  /** What is kept; begins with a line that says how much is missing, if any is. Nothing may be written afterwards. */
  bytes(): Uint8Array {
    if (this.#scrubbed) this.#append(this.#scrubbed.end());
    const kept = Buffer.concat(this.#chunks);
    const excess = Math.max(0, kept.length - LOG_LIMIT_BYTES);
    const missing = this.#dropped + excess;
    if (missing === 0) return kept;
    return Buffer.concat([Buffer.from(`[${missing} earlier bytes left out]\n`), kept.subarray(excess)]);
  }

  #append(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#chunks.push(bytes);
    this.#bytes += bytes.length;
    for (
      let first = this.#chunks[0];
      first && this.#bytes - first.length >= LOG_LIMIT_BYTES;
      first = this.#chunks[0]
    ) {
      this.#chunks.shift();
      this.#bytes -= first.length;
      this.#dropped += first.length;
    }
  }
}
