import { JetStreamApiCodes, JetStreamApiError } from '@nats-io/jetstream';
import type { LogRecord, Position } from '../../ports/event-log.ts';
import type { NatsLink } from './connection.ts';
import { Delivery, type DeliveryOptions } from './delivery.ts';
import type { RecordCodec, StreamMessage } from './record-codec.ts';
import type { LogMark } from './subjects.ts';

export interface StreamState {
  /** The last position at which there is a message. */
  readonly head: Position;
  readonly subjectCount: number;
  /**
   * Some positions are used up and empty: a server that had no room stored messages, refused them and took them back. Old servers
   * then lose sight of what is the last message of a subject.
   */
  readonly hasHoles: boolean;
}

export type WalkOptions = Omit<DeliveryOptions, 'stream'>;

/** Reads one partition's stream. All answers come from the stream's leader, so what was acknowledged is in them. */
export class StreamLog {
  readonly #link: NatsLink;
  readonly #codec: RecordCodec;
  readonly partition: number;
  readonly stream: string;

  constructor(link: NatsLink, codec: RecordCodec, partition: number) {
    this.#link = link;
    this.#codec = codec;
    this.partition = partition;
    this.stream = link.subjects.logStream(partition);
  }

  async state(): Promise<StreamState> {
    const { state } = await this.#link.jsm.streams.info(this.stream);
    const { last_seq, num_deleted = 0, num_subjects: subjectCount = 0 } = state;
    const hasHoles = num_deleted > 0;
    return { head: hasHoles ? await this.#lastBefore(last_seq + 1) : last_seq, subjectCount, hasHoles };
  }

  /** Undefined when there is no message at that position. */
  messageAt(position: Position): Promise<StreamMessage | undefined> {
    return this.#get({ seq: position });
  }

  /** The first message of the subjects at or behind `from`. */
  firstOf(filter: string, from: Position): Promise<StreamMessage | undefined> {
    return this.#get({ seq: from, next_by_subj: filter });
  }

  /** The last message of the subjects. A server may say that there is none when there are holes. */
  lastOf(filter: string): Promise<StreamMessage | undefined> {
    return this.#get({ last_by_subj: filter });
  }

  /** Whether the record is still where it was read. */
  async holds({ position, record }: LogMark): Promise<boolean> {
    const message = await this.messageAt(position);
    return message !== undefined && this.decode(message)?.id === record;
  }

  /** The record, or undefined for a message that is none: readers go past it. */
  decode(message: StreamMessage): LogRecord | undefined {
    const decoded = this.#codec.decode(message);
    if (decoded.kind === 'record') return decoded.record;
    const { position, subject } = message;
    this.#link.logger.debug({ stream: this.stream, position, subject }, `skipped: ${decoded.reason}`);
    return undefined;
  }

  /** Whose record would lie under this subject; undefined when it is none of this partition's. */
  executionOf(subject: string): string | undefined {
    return this.#codec.executionOf(subject);
  }

  /**
   * Hands over messages in order until `take` says false. The caller knows of a message that ends it; what a server counts as left
   * is no end, since in a cluster it may be one that lags behind the stream's leader. Rejects when the delivery ends before.
   */
  async walk(options: WalkOptions, take: (message: StreamMessage) => boolean): Promise<void> {
    const done = Promise.withResolvers<void>();
    // Handled below; the delivery may end before anybody waits.
    done.promise.catch(() => undefined);
    let isDone = false;
    const { delivery } = await Delivery.start(
      this.#link,
      { stream: this.stream, ...options },
      {
        message: (message) => {
          if (isDone || take(message)) return;
          isDone = true;
          done.resolve();
        },
        ended: (reason) => done.reject(new Error(reason)),
      },
    );
    try {
      await done.promise;
    } finally {
      delivery.stop();
    }
  }

  /** The last position before `end` at which there is a message; 0 if none. */
  async #lastBefore(end: Position): Promise<Position> {
    const all = this.#link.subjects.logOfPartition(this.partition);
    let [before, behind] = [0, end];
    while (behind - before > 1) {
      const middle = Math.floor((before + behind) / 2);
      const next = await this.firstOf(all, middle);
      if (next === undefined) behind = middle;
      else before = next.position;
    }
    return before;
  }

  async #get(
    query: { seq: number; next_by_subj?: string } | { last_by_subj: string },
  ): Promise<StreamMessage | undefined> {
    try {
      // The client's type of the query names a position or a subject; the server takes both together.
      const message = await this.#link.jsm.streams.getMessage(this.stream, query);
      if (message === null) return undefined;
      const { subject, data: payload, seq: position, time } = message;
      return { subject, payload, position, at: time.getTime() };
    } catch (error) {
      if (error instanceof JetStreamApiError && error.code === JetStreamApiCodes.NoMessageFound)
        return undefined;
      throw error;
    }
  }
}
