import type { LogFollower, LogRecord, NewRecord, Position } from '../../src/ports/event-log.ts';

/** A follower that keeps everything it is told, and says when it has seen enough. */
export class Recorder implements LogFollower {
  /** What is folded now; retracted records are gone again. */
  readonly records: LogRecord[] = [];
  /** What was said, in order: `fold 1-3`, `durable 3`, `retracted 1`. */
  readonly calls: string[] = [];
  readonly #waiting: { readonly isDone: () => boolean; readonly resolve: () => void }[] = [];
  readonly #onFold: (records: readonly LogRecord[]) => void;
  durablePosition: Position = 0;

  constructor(onFold: (records: readonly LogRecord[]) => void = () => undefined) {
    this.#onFold = onFold;
  }

  fold(records: readonly LogRecord[]): void {
    this.records.push(...records);
    this.calls.push(`fold ${records[0]?.position}-${records.at(-1)?.position}`);
    this.#onFold(records);
    this.#tell();
  }

  durable(position: Position): void {
    this.durablePosition = position;
    this.calls.push(`durable ${position}`);
    this.#tell();
  }

  retracted(position: Position): void {
    this.calls.push(`retracted ${position}`);
    const kept = this.records.findIndex((record) => record.position > position);
    if (kept !== -1) this.records.splice(kept);
    this.#tell();
  }

  get types(): string[] {
    return this.records.map(({ type }) => type);
  }

  /** Resolves when this many records are folded and durable. */
  sees(count: number): Promise<void> {
    return this.#until(
      () => this.records.length >= count && this.durablePosition >= (this.records[count - 1]?.position ?? 0),
    );
  }

  #until(isDone: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push({ isDone, resolve });
      this.#tell();
    });
  }

  #tell(): void {
    for (const { isDone, resolve } of this.#waiting) if (isDone()) resolve();
  }
}

let count = 0;

/** A record with what the test does not care about filled in. */
export function newRecord(type: string, about: Partial<NewRecord> = {}): NewRecord {
  count += 1;
  return { id: `record-${count}`, execution: 'one', source: 'engine', type, data: {}, ...about };
}
