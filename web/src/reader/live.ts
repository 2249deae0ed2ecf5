import type { Surroundings } from '../../../src/inspection/documents.ts';
import type { LogRecord } from '../../../src/ports/event-log.ts';
import type { LiveProgress } from '../../../src/ports/live-feed.ts';
import { ApiProblem } from '../api/problem.ts';
import { serverSentEvents } from './event-stream.ts';
import { ask, readPages } from './read-pages.ts';
import type { Fetch, Sink, Transport } from './transport.ts';

export interface LiveOptions {
  readonly execution: string;
  readonly fetch: Fetch;
  /** Resolves after so many ms, or when the signal aborts. */
  readonly pause?: ((ms: number, signal: AbortSignal) => Promise<void>) | undefined;
}

const SHORTEST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 10_000;
/** After so many failures in a row the server counts as gone. */
const FAILURES_UNTIL_OFFLINE = 3;
/** Surroundings come every five seconds: a stream that is silent for so long is dead, though nobody said so. */
const SILENCE_MS = 30_000;

/**
 * Reads the log page by page, then follows it. When the server goes away the log is read on from the last record that came, so
 * none is lost and none comes twice, also when it comes back as another process.
 */
export function liveTransport({ execution, fetch, pause = pauseFor }: LiveOptions): Transport {
  const base = `/api/executions/${encodeURIComponent(execution)}`;
  return async (sink, signal) => {
    let failures = 0;
    sink.connection('connecting');
    while (!signal.aborted) {
      try {
        await readPages(base, sink, { fetch, signal, isOpen: true });
        await follow(base, sink, fetch, signal, () => {
          failures = 0;
          sink.connection('live');
        });
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof ApiProblem && isFinal(error.details.status)) {
          sink.failure(error.details);
          return;
        }
        if (!(error instanceof ApiProblem)) throw error;
      }
      if (signal.aborted) return;
      failures += 1;
      sink.connection(failures > FAILURES_UNTIL_OFFLINE ? 'offline' : 'reconnecting');
      await pause(Math.min(LONGEST_WAIT_MS, SHORTEST_WAIT_MS * 2 ** Math.min(failures - 1, 4)), signal);
    }
  };
}

/** Resolves when the stream ends, throws {@link ApiProblem} when it cannot be had. */
async function follow(
  base: string,
  sink: Sink,
  fetch: Fetch,
  signal: AbortSignal,
  onOpen: () => void,
): Promise<void> {
  const patience = new AbortController();
  const end = String(sink.end);
  const response = await ask(fetch, `${base}/live?after=${end}`, {
    headers: { accept: 'text/event-stream', 'last-event-id': end },
    signal: AbortSignal.any([signal, patience.signal]),
  });
  if (response.body === null) return;
  onOpen();
  let alarm = setTimeout(() => patience.abort(), SILENCE_MS);
  const listen = (): void => {
    clearTimeout(alarm);
    alarm = setTimeout(() => patience.abort(), SILENCE_MS);
  };
  try {
    for await (const { event, data } of serverSentEvents(response.body, listen)) take(event, data, sink);
  } finally {
    clearTimeout(alarm);
  }
}

function take(event: string, data: string, sink: Sink): void {
  switch (event) {
    case 'record':
      sink.records([JSON.parse(data) as LogRecord]);
      break;
    case 'progress':
      sink.progress(JSON.parse(data) as LiveProgress);
      break;
    case 'surroundings':
      sink.surroundings(JSON.parse(data) as Surroundings);
      break;
  }
}

/** What the server refuses it refuses again; when it fails, or is too busy, it may do better. */
function isFinal(status: number): boolean {
  return status >= 400 && status < 500 && status !== 408 && status !== 429;
}

function pauseFor(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
}
