import type { Effect } from '../../machines/effects.ts';
import type { RecordData } from '../../machines/records.ts';
import type { LogRecord } from '../ports/event-log.ts';

export interface SealsJson {
  /** Every record up to here is sealed. */
  readonly upTo: number;
  readonly last: number;
  readonly change: number;
  readonly unsealed: number;
}

/** A long execution is sealed each time that it has so many more records. */
const SEAL_AFTER_RECORDS = 1024;

/**
 * What of an execution's log is sealed, and when a seal is owed: at the end, and on the way of a long one. Bookkeeping of the fold
 * beside the state: a seal changes nothing, so it is outside the hash.
 */
export class Seals {
  /** Executions of earlier rules are not sealed. */
  readonly #isOn: boolean;
  #upTo: number;
  /** The last record that was folded. */
  #last: number;
  /** The last one that changed something, seals left out: what has to be sealed at the end. */
  #change: number;
  #unsealed: number;

  constructor(foldVersion: number, from: SealsJson = { upTo: 0, last: 0, change: 0, unsealed: 0 }) {
    this.#isOn = foldVersion >= 2;
    this.#upTo = from.upTo;
    this.#last = from.last;
    this.#change = from.change;
    this.#unsealed = from.unsealed;
  }

  get unsealed(): number {
    return this.#isOn ? this.#unsealed : 0;
  }

  /** What may stand in front of the record that starts an execution is not part of it. */
  begin(first: LogRecord): void {
    this.#upTo = first.position - 1;
    this.take(first, true);
  }

  take(record: LogRecord, accepted: boolean): void {
    this.#last = record.position;
    this.#unsealed += 1;
    if (!accepted) return;
    if (record.type !== 'sealed') {
      this.#change = record.position;
      return;
    }
    const { after, upTo } = record.data as unknown as RecordData<'sealed'>;
    // One with a gap before it says nothing of what lies in the gap; one of the future is a lie.
    if (after > this.#upTo || upTo <= this.#upTo || upTo >= record.position) return;
    this.#upTo = upTo;
    this.#unsealed = 0;
  }

  /** @param isOver nothing more is expected to come */
  owed(isOver: boolean): readonly Effect[] {
    if (!this.#isOn) return [];
    const isDue = isOver ? this.#change > this.#upTo : this.#unsealed >= SEAL_AFTER_RECORDS;
    return isDue ? [this.next()] : [];
  }

  next(): Extract<Effect, { kind: 'seal' }> {
    return { kind: 'seal', id: `seal/${this.#last}`, after: this.#upTo, upTo: this.#last };
  }

  toJSON(): SealsJson {
    return { upTo: this.#upTo, last: this.#last, change: this.#change, unsealed: this.#unsealed };
  }
}
