import type { Position } from '../../ports/event-log.ts';
import type { LogMark } from './subjects.ts';

/**
 * Some of the records that were read, to find out up to where a log is still the one that was read: many of the last ones, ever
 * fewer of older ones.
 */
export class LogMarks {
  #marks: LogMark[] = [];

  add(mark: LogMark): void {
    this.#marks.push(mark);
    if (this.#marks.length <= LIMIT) return;
    const recent = this.#marks.length - LIMIT / 2;
    this.#marks = this.#marks.filter((_, index) => index >= recent || index % 2 === 0);
  }

  get last(): LogMark | undefined {
    return this.#marks.at(-1);
  }

  /** Forgets what is after the position. */
  cut(position: Position): void {
    while ((this.last?.position ?? 0) > position) this.#marks.pop();
  }

  /**
   * The last marked position that the log still holds, 0 if none; `isThere` is asked a few times. A log that lost its tail holds
   * all marks up to some place, and none behind it.
   */
  async lastKept(isThere: (mark: LogMark) => Promise<boolean>): Promise<Position> {
    let [kept, lost] = [-1, this.#marks.length];
    while (lost - kept > 1) {
      const middle = Math.floor((kept + lost) / 2);
      const mark = this.#marks[middle];
      if (mark !== undefined && (await isThere(mark))) kept = middle;
      else lost = middle;
    }
    return this.#marks[kept]?.position ?? 0;
  }
}

const LIMIT = 128;
