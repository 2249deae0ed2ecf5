import { createHash } from 'node:crypto';

/** What happened, a line each, with the virtual time since the beginning: `   1.250 o1.1 append step.claimed x #17`. */
export class Trace {
  readonly lines: string[] = [];
  readonly #elapsedMs: () => number;

  constructor(elapsedMs: () => number) {
    this.#elapsedMs = elapsedMs;
  }

  note(text: string): void {
    this.lines.push(`${(this.#elapsedMs() / 1000).toFixed(3).padStart(9)} ${text}`);
  }

  get text(): string {
    return `${this.lines.join('\n')}\n`;
  }

  /** sha256 of the text, hex. */
  digest(): string {
    return createHash('sha256').update(this.text).digest('hex');
  }
}
