/** The most resident memory seen between start and stop, in MB. */
export class MemoryWatch {
  #peak = 0;
  readonly #timer: NodeJS.Timeout;

  constructor() {
    this.#look();
    this.#timer = setInterval(() => this.#look(), 200).unref();
  }

  /** @returns MB */
  stop(): number {
    clearInterval(this.#timer);
    this.#look();
    return Math.round(this.#peak);
  }

  #look(): void {
    this.#peak = Math.max(this.#peak, residentMb());
  }
}

export function residentMb(): number {
  return process.memoryUsage.rss() / 2 ** 20;
}
