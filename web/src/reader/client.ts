import type { Moment } from '../../../src/inspection/documents.ts';
import type { LiveProgress } from '../../../src/ports/live-feed.ts';
import { ApiProblem, type ProblemDetails } from '../api/problem.ts';
import { localLine } from './line.ts';
import type { Connection, Opening, Port, ReadSoFar, Reply, Request } from './messages.ts';
import type { Answer, AnswerOf, Question } from './questions.ts';

export type { Connection, Opening, ReadSoFar } from './messages.ts';
export type { AnswerOf, Question } from './questions.ts';

/** An execution that is read: where it stands at a position, and answers to what is asked of it there. */
export interface Reader {
  /** Undefined until the first record was read. A new object with every change. */
  readonly moment: Moment | undefined;
  /** What went wrong for good; asking again is of no use. */
  readonly failure: ProblemDetails | undefined;
  readonly connection: Connection;
  /** How far the log was read; undefined before its first page. */
  readonly read: ReadSoFar | undefined;
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

export interface ReaderOptions {
  /** Where the server's paths begin. Default: where the page came from. */
  readonly origin?: string | undefined;
  /** Default: the one that the page keeps for its tab. */
  readonly token?: string | undefined;
  /** Default: a worker, or where there can be none the page's own thread. */
  readonly port?: Port<Request, Reply> | undefined;
}

export function openExecution(opening: Opening, options: ReaderOptions = {}): Reader {
  const { origin = location.href, token = keptToken(), port = openPort() } = options;
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

function keptToken(): string | undefined {
  try {
    return sessionStorage.getItem('troupe.token') ?? undefined;
  } catch {
    return undefined; // storage may be forbidden
  }
}

/** A file that is opened from disk may start no worker. */
function openPort(): Port<Request, Reply> {
  if (typeof Worker === 'undefined' || location.protocol === 'file:') return localPort();
  try {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
    return {
      send: (request) => worker.postMessage(request),
      listen: (listener) =>
        worker.addEventListener('message', ({ data }: MessageEvent<Reply>) => listener(data)),
      // It ends by itself once it has let go of its connections.
      close: () => undefined,
    };
  } catch {
    return localPort(); // a policy may forbid it
  }
}

/** The reader on the page's own thread, loaded when it is needed. */
function localPort(): Port<Request, Reply> {
  const { here, there } = localLine<Request, Reply>();
  const early: Request[] = [];
  let isServed = false;
  void import('./serve-reader.ts').then(({ serveReader }) => {
    serveReader(there);
    isServed = true;
    for (const request of early) here.send(request);
  });
  return { ...here, send: (request) => (isServed ? here.send(request) : void early.push(request)) };
}
