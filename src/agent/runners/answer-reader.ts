import type { Json } from '../../json.ts';
import type { AgentDefinition } from '../definition.ts';
import { unreadableOutput } from '../failures.ts';
import type { RunOutcome } from '../runner.ts';
import { EnvelopeReader } from './envelope-reader.ts';

/** Reads what a program writes to stdout. */
export interface AnswerReader {
  write(chunk: Uint8Array): void;
  /** Whether more came than is read; what comes now is dropped. */
  readonly isTooLarge: boolean;
  /** The failure that the agent itself reported, whatever its exit code. */
  explainedFailure(): RunOutcome | undefined;
  /** The answer of a program that ended well. */
  finish(): RunOutcome | Promise<RunOutcome>;
}

export interface AnswerSettings {
  /** Where relative paths of artifacts start. */
  readonly cwd: string;
  readonly limitBytes: number;
  readonly onProgress: (news: Json) => void;
}

export function createAnswerReader(form: AgentDefinition['output'], settings: AnswerSettings): AnswerReader {
  switch (form) {
    case 'envelope':
      return new EnvelopeReader(settings);
    case 'json':
      return new WholeReader(settings.limitBytes, parseDocument);
    case 'text':
      return new WholeReader(settings.limitBytes, (text) => ({
        kind: 'answered',
        output: text.replace(/\r?\n$/, ''),
      }));
  }
}

/** All of stdout is the answer. */
class WholeReader implements AnswerReader {
  readonly #limitBytes: number;
  readonly #read: (text: string) => RunOutcome;
  #chunks: Uint8Array[] = [];
  #bytes = 0;

  constructor(limitBytes: number, read: (text: string) => RunOutcome) {
    this.#limitBytes = limitBytes;
    this.#read = read;
  }

  get isTooLarge(): boolean {
    return this.#bytes > this.#limitBytes;
  }

  write(chunk: Uint8Array): void {
    this.#bytes += chunk.length;
    if (this.isTooLarge) this.#chunks = [];
    else this.#chunks.push(chunk);
  }

  explainedFailure(): undefined {
    return undefined;
  }

  finish(): RunOutcome {
    return this.#read(Buffer.concat(this.#chunks).toString());
  }
}

function parseDocument(text: string): RunOutcome {
  try {
    return { kind: 'answered', output: JSON.parse(text) };
  } catch {
    const why =
      text.trim() === '' ? 'the program printed nothing on stdout' : 'stdout is not one JSON document';
    return { kind: 'failed', error: unreadableOutput(why, text) };
  }
}
