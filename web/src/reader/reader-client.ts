import type { Moment, Surroundings } from '../../../src/inspection/documents.ts';
import type { LiveProgress } from '../../../src/ports/live-feed.ts';
import { ApiProblem, type ProblemDetails } from '../api/problem.ts';
import type { Connection, Opening, Port, ReadSoFar, Reply, Request } from './messages.ts';
import type { Answer, AnswerOf, Question } from './questions.ts';

/** An execution that is read: where it stands at a position, and answers to what is asked of it there. */
export interface Reader {
  /** Undefined until the first record was read. A new object with every change. */
  readonly moment: Moment | undefined;
  /** What went wrong for good; asking again is of no use. */
  readonly failure: ProblemDetails | undefined;
  readonly connection: Connection;
  /** How far the log was read; undefined before its first page. */
  readonly read: ReadSoFar | undefined;
  /** Hosts and driver as they are now; undefined until it is known, and where nothing goes on. */
  readonly surroundings: Surroundings | undefined;
  /** What agents said while they worked, by step: the newest, oldest first. A new map with every change. */
  readonly progress: ReadonlyMap<string, readonly LiveProgress[]>;
  /** Called at every change of the above. Returns how to stop. */
  subscribe(listener: () => void): () => void;
  /** @param index of a record, from 1; null: the end, and from then on with it */
  seek(index: number | null): void;
  /** At the present position. Rejects with {@link ApiProblem}. */
  ask<Q extends Question>(question: Q): Promise<AnswerOf<Q>>;
  /** The token for what is read from now on. */
  setToken(token: string | undefined): void;
  /** May be called twice. */
  close(): void;
}

/** A reader of the execution, at this end of the line to the side that reads it. @param origin where the server's paths begin */
export function readThrough(
  port: Port<Request, Reply>,
  opening: Opening,
  { origin, token }: { readonly origin: string; readonly token: string | undefined },
): Reader {
  const client = new ReaderClient(port);
  port.send({ type: 'open', opening, origin, token });
  return client;
}

/** Of each step so much is kept of what its agent said. */
const KEPT_PROGRESS = 50;

class ReaderClient implements Reader {
  moment: Moment | undefined;
  failure: ProblemDetails | undefined;
  connection: Connection = 'connecting';
  read: ReadSoFar | undefined;
  surroundings: Surroundings | undefined;
  progress: ReadonlyMap<string, readonly LiveProgress[]> = new Map();
  readonly #port: Port<Request, Reply>;
  readonly #listeners = new Set<() => void>();
  readonly #waiting = new Map<number, Waiting>();
  #asked = 0;
  #isClosed = false;

  constructor(port: Port<Request, Reply>) {
    this.#port = port;
    port.listen((reply) => this.#take(reply));
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  seek(index: number | null): void {
    this.#send({ type: 'seek', index });
  }

  ask<Q extends Question>(question: Q): Promise<AnswerOf<Q>> {
    if (this.#isClosed) return Promise.reject(new ApiProblem(CLOSED));
    this.#asked += 1;
    const id = this.#asked;
    return new Promise<Answer>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#send({ type: 'ask', id, question });
    }) as Promise<AnswerOf<Q>>;
  }

  setToken(token: string | undefined): void {
    this.#send({ type: 'token', token });
  }

  close(): void {
    if (this.#isClosed) return;
    this.#send({ type: 'close' });
    this.#isClosed = true;
    for (const { reject } of this.#waiting.values()) reject(new ApiProblem(CLOSED));
    this.#waiting.clear();
    this.#listeners.clear();
  }

  #send(request: Request): void {
    if (!this.#isClosed) this.#port.send(request);
  }

  #take(reply: Reply): void {
    if (this.#isClosed) return;
    switch (reply.type) {
      case 'answer':
        this.#settle(reply.id)?.resolve(reply.answer);
        return;
      case 'refused':
        this.#settle(reply.id)?.reject(new ApiProblem(reply.failure));
        return;
      case 'moment':
        this.moment = reply.moment;
        break;
      case 'read':
        this.read = reply.read;
        break;
      case 'connection':
        this.connection = reply.connection;
        break;
      case 'surroundings':
        this.surroundings = reply.surroundings;
        break;
      case 'progress': {
        const { step } = reply.progress;
        const kept = [...(this.progress.get(step) ?? []), reply.progress].slice(-KEPT_PROGRESS);
        this.progress = new Map(this.progress).set(step, kept);
        break;
      }
      case 'failure':
        this.failure = reply.failure;
        break;
    }
    for (const listener of [...this.#listeners]) listener();
  }

  #settle(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }
}

interface Waiting {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (problem: ApiProblem) => void;
}

const CLOSED: ProblemDetails = {
  title: 'The execution was closed',
  detail: 'The page has left the execution before it answered.',
  code: 'READER_CLOSED',
  status: 0,
};
