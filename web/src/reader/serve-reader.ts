import type { Moment } from '../../../src/inspection/documents.ts';
import { type ProblemDetails, problemOf } from '../api/problem.ts';
import { breathe } from './breathe.ts';
import { dataTransport } from './data.ts';
import { Desk } from './desk.ts';
import { liveTransport } from './live.ts';
import type { Opening, Port, ReadSoFar, Reply, Request } from './messages.ts';
import type { Answer } from './questions.ts';
import { pageRules } from './rules.ts';
import { simulatedTransport } from './simulated.ts';
import type { Fetch, Sink, Transport } from './transport.ts';

/** Moments are posted at most this often. */
const BETWEEN_MOMENTS_MS = 80;
/** Where there are many steps a moment takes a while: folding has so many times as long. */
const MOMENT_SHARE = 8;
const BETWEEN_READS_MS = 250;
/** At a stretch. */
const PREPARE_MS = 12;

/** Reads an execution for the page at the other end of the port: in a worker, or beside the page on its own thread. */
export function serveReader(port: Port<Reply, Request>): void {
  const server = new ReaderServer(port);
  port.listen((request) => server.take(request));
}

class ReaderServer {
  readonly #port: Port<Reply, Request>;
  readonly #closing = new AbortController();
  #desk: Desk | undefined;
  #token: string | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isDue = false;
  #isPreparing = false;
  #toldReadAt = Number.NEGATIVE_INFINITY;
  /** Asked before there was anything to answer from. */
  #early: Extract<Request, { type: 'ask' }>[] = [];
  #wanted: number | null = null;

  constructor(port: Port<Reply, Request>) {
    this.#port = port;
  }

  take(request: Request): void {
    switch (request.type) {
      case 'open':
        this.#token = request.token;
        void this.#open(request.opening, request.origin);
        break;
      case 'token':
        this.#token = request.token;
        break;
      case 'seek':
        this.#wanted = request.index;
        this.#desk?.seek(request.index);
        this.#postMoment();
        break;
      case 'ask':
        this.#answer(request);
        break;
      case 'close':
        this.#closing.abort();
        clearTimeout(this.#timer);
        this.#port.close();
        break;
    }
  }

  async #open(opening: Opening, origin: string): Promise<void> {
    const { signal } = this.#closing;
    try {
      await transportOf(opening, this.#fetch(origin))(this.#sink, signal);
    } catch (error) {
      if (!signal.aborted) this.#fail(problemOf(error));
    }
  }

  #fetch(origin: string): Fetch {
    return (path, init = {}) => {
      const headers = new Headers(init.headers);
      if (this.#token !== undefined) headers.set('authorization', `Bearer ${this.#token}`);
      return fetch(new URL(path, origin), { ...init, headers, cache: 'no-store' });
    };
  }

  get #sink(): Sink {
    const server = this;
    return {
      source: (source, { isOpen }) => {
        const desk = new Desk({ source, isOpen, rules: pageRules, now: () => Date.now() });
        desk.seek(this.#wanted);
        this.#desk = desk;
      },
      records: (records) => {
        this.#desk?.append(records);
        if (records.length > 0) this.#changed();
        this.#answerEarly();
      },
      get hasSource() {
        return server.#desk !== undefined;
      },
      get end() {
        return server.#desk?.end ?? 0;
      },
      read: (read) => this.#read(read),
      surroundings: (surroundings) => {
        this.#desk?.surround(surroundings);
        this.#port.send({ type: 'surroundings', surroundings });
        this.#changed();
      },
      progress: (progress) => this.#port.send({ type: 'progress', progress }),
      connection: (connection) => this.#port.send({ type: 'connection', connection }),
      failure: (failure) => this.#fail(failure),
    };
  }

  /** The page draws how far it is: not with every slice. */
  #read(read: ReadSoFar): void {
    const now = performance.now();
    if (read.position < read.end && now - this.#toldReadAt < BETWEEN_READS_MS) return;
    this.#toldReadAt = now;
    this.#port.send({ type: 'read', read });
  }

  /** At once when nothing was posted lately, else when its time has come. */
  #changed(): void {
    if (this.#timer !== undefined) {
      this.#isDue = true;
      return;
    }
    const began = performance.now();
    this.#postMoment();
    const tookMs = performance.now() - began;
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        const isDue = this.#isDue;
        this.#isDue = false;
        if (isDue) this.#changed();
      },
      Math.max(BETWEEN_MOMENTS_MS, MOMENT_SHARE * tookMs),
    );
  }

  #postMoment(): void {
    let moment: Moment | undefined;
    try {
      moment = this.#desk?.moment();
    } catch (error) {
      this.#fail(problemOf(error));
    }
    if (moment !== undefined) this.#port.send({ type: 'moment', moment });
  }

  #answer(request: Extract<Request, { type: 'ask' }>): void {
    const { id, question } = request;
    if (this.#desk === undefined || this.#desk.end === 0) {
      this.#early.push(request);
      return;
    }
    try {
      const answer = this.#desk.answer(question);
      if (question.ask === 'log') void this.#prepareSearch(this.#desk);
      this.#port.send({ type: 'answer', id, answer }, buffersIn(answer));
    } catch (error) {
      this.#port.send({ type: 'refused', id, failure: problemOf(error) });
    }
  }

  /** Whoever looks at the log may search it: bit by bit, so that nothing has to wait for it. */
  async #prepareSearch(desk: Desk): Promise<void> {
    if (this.#isPreparing) return;
    this.#isPreparing = true;
    for (let isReady = false; !isReady && !this.#closing.signal.aborted; ) {
      await breathe();
      const began = performance.now();
      isReady = desk.prepareSearch(() => performance.now() - began < PREPARE_MS);
    }
    this.#isPreparing = false;
  }

  #answerEarly(): void {
    if (this.#early.length === 0 || (this.#desk?.end ?? 0) === 0) return;
    for (const request of this.#early.splice(0)) this.#answer(request);
  }

  #fail(failure: ProblemDetails): void {
    this.#port.send({ type: 'failure', failure });
    for (const { id } of this.#early.splice(0)) this.#port.send({ type: 'refused', id, failure });
  }
}

function transportOf(opening: Opening, fetch: Fetch): Transport {
  switch (opening.kind) {
    case 'live':
      return liveTransport({ execution: opening.execution, fetch });
    case 'data':
      return dataTransport(opening.source, opening.records);
    case 'simulated':
      return simulatedTransport(opening.base, fetch);
  }
}

/** Columns are handed over and not copied. */
function buffersIn(answer: Answer): readonly ArrayBuffer[] {
  if (typeof answer !== 'object' || answer === null) return [];
  return Object.values(answer).flatMap((part: unknown) =>
    ArrayBuffer.isView(part) && part.buffer instanceof ArrayBuffer ? [part.buffer] : [],
  );
}
