import type { LogRecord, Position, ReadOptions } from '../../ports/event-log.ts';
import type { NatsLink } from './connection.ts';
import type { StreamMessage } from './record-codec.ts';
import type { StreamLog } from './stream-log.ts';

/**
 * Reads the records of one execution out of its partition's stream. An execution has a subject for each source, so it is looked up
 * by a wildcard, for which old servers go through all subjects (nats-server 2.9 with 100,000 of them: 0.1 to 0.2 s). Where it can,
 * it asks for positions instead.
 */
export class ExecutionRecords {
  readonly #link: NatsLink;
  readonly #log: StreamLog;

  constructor(link: NatsLink, log: StreamLog) {
    this.#link = link;
    this.#log = log;
  }

  async read(execution: string, options: ReadOptions): Promise<readonly LogRecord[]> {
    const { after = 0, upTo = Number.POSITIVE_INFINITY, limit = Number.POSITIVE_INFINITY } = options;
    if (limit <= 0 || upTo <= after) return [];
    const filter = this.#link.subjects.logOfExecution(this.#log.partition, execution);
    const range = { execution, filter, after, upTo, limit };
    if (limit <= FEW) return this.#readOneByOne(range);
    const { head, subjectCount } = await this.#log.state();
    if (head <= after) return [];
    const end = Math.min(head, upTo);
    if (end - after <= SHORT + subjectCount / SUBJECTS_PER_MESSAGE) return this.#pick(range, end);
    const last = (await this.#log.lastOf(filter))?.position;
    // Either there is nothing, or the server does not find it: one by one it does.
    if (last === undefined) return this.#readOneByOne(range);
    return last <= after ? [] : this.#walk(range, Math.min(last, upTo));
  }

  async #walk({ filter, after, upTo, limit }: Range, end: Position): Promise<readonly LogRecord[]> {
    const records: LogRecord[] = [];
    await this.#log.walk({ from: { after }, filter }, (message) => {
      const record = message.position > upTo ? undefined : this.#log.decode(message);
      if (record !== undefined) records.push(record);
      return records.length < limit && message.position < end;
    });
    return records;
  }

  /** Goes through all messages, of which few are in question. */
  async #pick({ execution, after, limit }: Range, end: Position): Promise<readonly LogRecord[]> {
    const records: LogRecord[] = [];
    await this.#log.walk({ from: { after } }, (message) => {
      const isOurs = message.position <= end && this.#log.executionOf(message.subject) === execution;
      const record = isOurs ? this.#log.decode(message) : undefined;
      if (record !== undefined) records.push(record);
      return records.length < limit && message.position < end;
    });
    return records;
  }

  async #readOneByOne({ execution, filter, after, upTo, limit }: Range): Promise<readonly LogRecord[]> {
    const records: LogRecord[] = [];
    let from = after + 1;
    while (records.length < limit && from <= upTo) {
      const message = await this.#next(execution, filter, from);
      if (message === undefined || message.position > upTo) break;
      const record = this.#log.decode(message);
      if (record !== undefined) records.push(record);
      from = message.position + 1;
    }
    return records;
  }

  /** Who asks for few records often knows where they are. */
  async #next(execution: string, filter: string, from: Position): Promise<StreamMessage | undefined> {
    const here = await this.#log.messageAt(from);
    if (here !== undefined && this.#log.executionOf(here.subject) === execution) return here;
    return this.#log.firstOf(filter, from);
  }
}

interface Range {
  readonly execution: string;
  readonly filter: string;
  readonly after: Position;
  readonly upTo: Position;
  readonly limit: number;
}

/** So many records are fetched one by one sooner than through a consumer. */
const FEW = 2;
/** So many messages are always gone through sooner than the server finds a subject. */
const SHORT = 200;
/** A server goes through so many subjects while one message is delivered. */
const SUBJECTS_PER_MESSAGE = 20;
