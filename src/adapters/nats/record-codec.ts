import type { LogRecord, NewRecord, Position } from '../../ports/event-log.ts';
import { recordMessage } from './messages.ts';
import { partitionOf, type Subjects } from './subjects.ts';

/** A record on its way into the stream. */
export interface EncodedRecord {
  readonly subject: string;
  readonly payload: Uint8Array;
}

/** A message as it lies in the stream. */
export interface StreamMessage {
  readonly subject: string;
  readonly payload: Uint8Array;
  readonly position: Position;
  /** Milliseconds since 1970, the server's. */
  readonly at: number;
}

export type Decoded =
  | { readonly kind: 'record'; readonly record: LogRecord }
  | { readonly kind: 'foreign'; readonly reason: string };

/** Turns records into messages of one namespace and back. */
export class RecordCodec {
  readonly #subjects: Subjects;
  readonly #partitions: number;

  constructor(subjects: Subjects, partitions: number) {
    this.#subjects = subjects;
    this.#partitions = partitions;
  }

  /** Throws on what cannot be a record: data that is no JSON, an execution that cannot be part of a subject. */
  encode({ id, execution, source, type, data }: NewRecord): EncodedRecord {
    const partition = partitionOf(execution, this.#partitions);
    return {
      subject: this.#subjects.log(partition, execution, source),
      payload: Buffer.from(JSON.stringify(recordMessage.parse({ id, type, data }))),
    };
  }

  /** Whose record would lie under this subject; undefined when it is none of this namespace's log. */
  executionOf(subject: string): string | undefined {
    const address = this.#subjects.parseLog(subject);
    if (address === undefined) return undefined;
    return address.partition === partitionOf(address.execution, this.#partitions)
      ? address.execution
      : undefined;
  }

  /** What is no record has no addressee: nobody could be told that it is refused. */
  decode({ subject, payload, position, at }: StreamMessage): Decoded {
    const address = this.#subjects.parseLog(subject);
    if (address === undefined) return foreign('its subject is not one of the log');
    const { execution, source, partition } = address;
    if (partition !== partitionOf(execution, this.#partitions)) {
      return foreign('its execution belongs to another partition');
    }
    if (isTooDeep(payload)) return foreign(`its payload has more than ${MAX_DEPTH} levels`);
    const { success, data: message } = recordMessage.safeParse(parseJson(payload));
    if (!success || message.data === undefined) return foreign('its payload is no record');
    const { id, type, data } = message;
    return {
      kind: 'record',
      record: { id, execution, source, type, data: data as LogRecord['data'], position, at },
    };
  }
}

function foreign(reason: string): Decoded {
  return { kind: 'foreign', reason };
}

/** Whoever walks a value calls itself for every level, and a log that nobody can walk ends all who read it. */
const MAX_DEPTH = 500;

/** Counts the brackets that are open, those in texts included unless the others leave it in doubt. */
function isTooDeep(payload: Uint8Array): boolean {
  return (
    payload.length > 2 * MAX_DEPTH &&
    depthOf(payload, false) > MAX_DEPTH &&
    depthOf(payload, true) > MAX_DEPTH
  );
}

function depthOf(payload: Uint8Array, skipsTexts: boolean): number {
  let [depth, deepest, isText] = [0, 0, false];
  for (let at = 0; at < payload.length; at += 1) {
    const byte = payload[at];
    if (skipsTexts && isText && byte === BACKSLASH) at += 1;
    else if (skipsTexts && byte === QUOTE) isText = !isText;
    else if (isText) continue;
    else if (byte === OPENING_BRACKET || byte === OPENING_BRACE) deepest = Math.max(deepest, ++depth);
    else if (byte === CLOSING_BRACKET || byte === CLOSING_BRACE) depth -= 1;
  }
  return deepest;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPENING_BRACKET = 0x5b;
const CLOSING_BRACKET = 0x5d;
const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;

const utf8 = new TextDecoder('utf-8', { fatal: true });

function parseJson(payload: Uint8Array): unknown {
  try {
    return JSON.parse(utf8.decode(payload));
  } catch {
    return undefined; // the schema tells
  }
}
