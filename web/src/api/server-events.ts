import { parseEvent, type ServerEvent } from './event-block.ts';
import { ApiProblem } from './problem.ts';
import { request } from './request.ts';

export type StreamState = 'connecting' | 'live' | 'reconnecting' | 'stopped';

export interface StreamOptions {
  readonly onEvent: (event: ServerEvent) => void;
  readonly onState?: ((state: StreamState) => void) | undefined;
  /** What was refused, when asking again is of no use; the stream has ended then. */
  readonly onRefused?: ((problem: ApiProblem) => void) | undefined;
  readonly signal: AbortSignal;
}

/** After so many failures in a row the server counts as stopped; it is still asked for. */
const FAILURES_UNTIL_STOPPED = 4;
const LONGEST_WAIT_MS = 5_000;
/** The server sends a comment at least every 15 s; a stream that is silent for longer is dead. */
const SILENCE_MS = 40_000;

/**
 * Follows server-sent events until `signal` aborts, over `fetch`, since an `EventSource` sends no token. Resumes behind the last id that
 * came, with a growing wait between tries; at once when the browser is online or the page seen again.
 */
export async function followEvents(path: string, options: StreamOptions): Promise<void> {
  const { signal, onState } = options;
  let lastId: string | undefined;
  let failures = 0;
  onState?.('connecting');
  while (!signal.aborted) {
    try {
      const patience = new AbortController();
      const response = await request(path, {
        headers: {
          accept: 'text/event-stream',
          ...(lastId === undefined ? {} : { 'last-event-id': lastId }),
        },
        signal: AbortSignal.any([signal, patience.signal]),
      });
      failures = 0;
      onState?.('live');
      for await (const { id, ...event } of eventsIn(response, () => patience.abort())) {
        if (id !== undefined) lastId = id;
        options.onEvent(event);
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof ApiProblem && error.details.status >= 400 && error.details.status < 500) {
        options.onRefused?.(error);
        return;
      }
    }
    if (signal.aborted) return;
    failures += 1;
    onState?.(failures > FAILURES_UNTIL_STOPPED ? 'stopped' : 'reconnecting');
    await pause(
      Math.min(LONGEST_WAIT_MS, 200 * 2 ** Math.min(failures, 6)) * (0.7 + Math.random() * 0.3),
      signal,
    );
  }
}

async function* eventsIn(
  response: Response,
  onSilence: () => void,
): AsyncGenerator<ServerEvent & { readonly id?: string | undefined }> {
  if (response.body === null) return;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  let alarm = setTimeout(onSilence, SILENCE_MS);
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      clearTimeout(alarm);
      alarm = setTimeout(onSilence, SILENCE_MS);
      const blocks = (rest + value.replace(/\r\n?/g, '\n')).split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) {
        const event = parseEvent(block);
        if (event !== undefined) yield event;
      }
    }
  } finally {
    clearTimeout(alarm);
    await reader.cancel().catch(() => undefined);
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      window.removeEventListener('online', done);
      document.removeEventListener('visibilitychange', done);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    window.addEventListener('online', done);
    document.addEventListener('visibilitychange', done);
    signal.addEventListener('abort', done);
  });
}
