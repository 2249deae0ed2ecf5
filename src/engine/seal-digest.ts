import { createHash, type Hash } from 'node:crypto';
import type { LogRecord } from '../ports/event-log.ts';

/**
 * The digest that a seal carries: sha256 over the records' texts, each ended by a line feed, in log order. The text of a record is the
 * JSON of the list `[position, id, source, type, at, data]`, without spaces and with the keys of `data` in the order in which they were
 * written.
 */
export class SealDigest {
  readonly #hash: Hash = createHash('sha256');
  #records = 0;

  get records(): number {
    return this.#records;
  }

  take(record: LogRecord): void {
    this.#hash.update(sealText(record));
    this.#records += 1;
  }

  /** Of what was taken so far; more may be taken after it. */
  hex(): string {
    return this.#hash.copy().digest('hex');
  }
}

export function sealText({ position, id, source, type, at, data }: LogRecord): string {
  return `${JSON.stringify([position, id, source, type, at, data])}\n`;
}

/** Of records that are at hand; they must be all of the execution's that the seal speaks of. */
export function sealDigestOf(records: readonly LogRecord[]): string {
  const digest = new SealDigest();
  for (const record of records) digest.take(record);
  return digest.hex();
}
