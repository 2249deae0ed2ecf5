const LINE_FEED = 10;

/** Cuts bytes that come in pieces into lines; a line longer than the limit ends the reading. */
export class LineSplitter {
  readonly #limitBytes: number;
  readonly #onLine: (line: string) => void;
  #pieces: Uint8Array[] = [];
  #bytes = 0;

  constructor(limitBytes: number, onLine: (line: string) => void) {
    this.#limitBytes = limitBytes;
    this.#onLine = onLine;
  }

  /** Whether a line was longer than the limit. */
  get isTooLarge(): boolean {
    return this.#bytes > this.#limitBytes;
  }

  write(chunk: Uint8Array): void {
    let start = 0;
    for (
      let end = chunk.indexOf(LINE_FEED);
      end !== -1 && !this.isTooLarge;
      end = chunk.indexOf(LINE_FEED, start)
    ) {
      this.#keep(chunk.subarray(start, end));
      this.end();
      start = end + 1;
    }
    this.#keep(chunk.subarray(start));
  }

  /** The last line may have no line feed. */
  end(): void {
    if (this.isTooLarge) return;
    const line = Buffer.concat(this.#pieces).toString().trim();
    this.#pieces = [];
    this.#bytes = 0;
    if (line !== '') this.#onLine(line);
  }

  #keep(piece: Uint8Array): void {
    this.#bytes += piece.length;
    if (this.isTooLarge) this.#pieces = [];
    else this.#pieces.push(piece);
  }
}
