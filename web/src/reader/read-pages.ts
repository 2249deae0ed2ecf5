import type { ViewSource } from '../../../src/inspection/documents.ts';
import type { LogRecord } from '../../../src/ports/event-log.ts';
import { ApiProblem, OFFLINE, problemIn } from '../api/problem.ts';
import type { Fetch, Sink } from './transport.ts';

const PAGE = 5_000;

interface RecordsPage {
  readonly records: readonly LogRecord[];
  /** Where the next page begins; null: this was the last. */
  readonly next: number | null;
  readonly end: number;
}

/** Reads the source, unless it is there already, and all records after those that are. Throws {@link ApiProblem}. */
export async function readPages(
  base: string,
  sink: Sink,
  { fetch, signal, isOpen }: { fetch: Fetch; signal: AbortSignal; isOpen: boolean },
): Promise<void> {
  if (!sink.hasSource) sink.source(await getJson<ViewSource>(fetch, `${base}/source`, signal), { isOpen });
  for (let after: number | null = sink.end; after !== null; ) {
    const page: RecordsPage = await getJson(fetch, `${base}/records?after=${after}&limit=${PAGE}`, signal);
    sink.records(page.records);
    sink.read({ position: Math.max(sink.end, page.records.at(-1)?.position ?? 0), end: page.end });
    // A page that gets no further would be asked for again for ever.
    after = page.next !== null && page.next > after ? page.next : null;
  }
}

async function getJson<Body>(fetch: Fetch, path: string, signal: AbortSignal): Promise<Body> {
  const response = await ask(fetch, path, { signal });
  try {
    return (await response.json()) as Body;
  } catch (error) {
    if (signal.aborted) throw error;
    throw new ApiProblem(OFFLINE);
  }
}

/** An ok response. Throws {@link ApiProblem}; what was aborted as it is. */
export async function ask(fetch: Fetch, path: string, init: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, init);
  } catch (error) {
    if (init.signal?.aborted === true) throw error;
    throw new ApiProblem(OFFLINE);
  }
  if (response.ok) return response;
  throw new ApiProblem(await problemIn(response));
}
