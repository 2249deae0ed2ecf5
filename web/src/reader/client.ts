import { localLine } from './line.ts';
import type { Opening, Port, Reply, Request } from './messages.ts';
import { type Reader, readThrough } from './reader-client.ts';

export type { Connection, Opening } from './messages.ts';
export type { AnswerOf, Question } from './questions.ts';
export type { Reader } from './reader-client.ts';

export interface ReaderOptions {
  /** Where the server's paths begin. Default: where the page came from. */
  readonly origin?: string | undefined;
  /** Default: the one that the page keeps for its tab. */
  readonly token?: string | undefined;
}

/** Reads an execution in a worker, or where there can be none on the page's own thread. */
export function openExecution(opening: Opening, options: ReaderOptions = {}): Reader {
  const { origin = location.href, token = keptToken() } = options;
  return readThrough(openPort(), opening, { origin, token });
}

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
