import type { LogRecord } from '../ports/event-log.ts';
import type { Applied } from './delivery.ts';

/** The answer where nothing here could fold the control. */
export const NOT_NOW: Applied = { accepted: false, reason: 'not-accepted-now' };

/** Control records whose effect somebody in this process waits for. */
export class AwaitedControls {
  readonly #waiting = new Map<string, (applied: Applied) => void>();

  /** Resolves when the record was folded, or when it is clear that it will not be. */
  of(recordId: string): Promise<Applied> {
    return new Promise((resolve) => this.#waiting.set(recordId, resolve));
  }

  /** What to call once the record is durable; undefined when nobody waits. */
  answer(record: LogRecord, applied: Applied): (() => void) | undefined {
    const resolve = this.#waiting.get(record.id);
    if (resolve === undefined) return undefined;
    this.#waiting.delete(record.id);
    return () => resolve(applied);
  }

  drop(recordId: string): void {
    this.#waiting.delete(recordId);
  }

  abandon(): void {
    for (const resolve of this.#waiting.values()) resolve(NOT_NOW);
    this.#waiting.clear();
  }
}
