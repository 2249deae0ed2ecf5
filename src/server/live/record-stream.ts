import type { EventLog, LogRecord, Position, Subscription } from '../../ports/event-log.ts';

/** Records that one reading hands over at most, so that a long log does not hold up everything else. */
const CHUNK = 500;
/** Records that wait for a slow reader; beyond that they are forgotten, and read from the log when the reader comes. */
const MOST_WAITING = 1000;

/**
 * The records of one execution from a position on, in order, each once, without end: read from the log as far as it goes, then as
 * they come. A reader that falls behind is brought back by reading.
 */
export class RecordStream {
  readonly #execution: string;
  readonly #log: Pick<EventLog, 'read' | 'follow'>;
  readonly #onChange: () => void;
  #cursor: Position;
  /** Handed over and durable, after the cursor. */
  #ready: LogRecord[] = [];
  #subscription: Subscription | undefined;
  #isClosed = false;

  /** @param onChange called when there may be more to take */
  constructor(
    execution: string,
    {
      log,
      after,
      onChange,
    }: { log: Pick<EventLog, 'read' | 'follow'>; after: Position; onChange: () => void },
  ) {
    this.#execution = execution;
    this.#log = log;
    this.#cursor = after;
    this.#onChange = onChange;
  }

  /** What comes next; empty when there is nothing more for now. One call at a time. */
  async take(): Promise<readonly LogRecord[]> {
    if (this.#isClosed) return [];
    return this.#subscription === undefined ? this.#read() : this.#passOn(this.#ready.splice(0));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#ready = [];
    await this.#unfollow();
  }

  async #read(): Promise<readonly LogRecord[]> {
    const records = await this.#log.read(this.#execution, { after: this.#cursor, limit: CHUNK });
    if (this.#isClosed) return [];
    this.#passOn(records);
    if (records.length < CHUNK) this.#follow();
    return records;
  }

  #passOn(records: readonly LogRecord[]): readonly LogRecord[] {
    this.#cursor = records.at(-1)?.position ?? this.#cursor;
    return records;
  }

  #follow(): void {
    /** Handed over, but not yet durable. */
    let open: LogRecord[] = [];
    let isOver = false;
    const giveUp = (): void => {
      isOver = true;
      open = [];
      this.#ready = [];
      void this.#unfollow();
      this.#onChange();
    };
    const subscription = this.#log.follow(
      {
        fold: (records) => {
          if (isOver) return;
          for (const record of records) if (record.execution === this.#execution) open.push(record);
          if (open.length + this.#ready.length > MOST_WAITING) giveUp();
        },
        durable: (position) => {
          if (isOver) return;
          const upTo = open.findIndex((record) => record.position > position);
          const durable = open.splice(0, upTo === -1 ? open.length : upTo);
          if (durable.length === 0) return;
          this.#ready.push(...durable);
          this.#onChange();
        },
        retracted: (position) => {
          open = open.filter((record) => record.position <= position);
        },
      },
      this.#cursor,
      { execution: this.#execution },
    );
    // It may have handed over more than fits before it came back.
    if (isOver) void subscription.stop();
    else this.#subscription = subscription;
  }

  async #unfollow(): Promise<void> {
    const subscription = this.#subscription;
    this.#subscription = undefined;
    await subscription?.stop();
  }
}
