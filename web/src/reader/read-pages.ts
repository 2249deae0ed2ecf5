import type { ViewSource } from '../../../src/inspection/documents.ts';
import type { LogRecord } from '../../../src/ports/event-log.ts';
import { ApiProblem, OFFLINE, problemIn } from '../api/problem.ts';
import { breathe } from './breathe.ts';
import type { Fetch, Sink } from './transport.ts';

const PAGE = 5_000;
/** Taken at once before the clock is looked at. */
const FEW = 50;
const SLICE_MS = 24;

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
  const pageAfter = (position: number) =>
    getJson<RecordsPage>(fetch, `${base}/records?after=${position}&limit=${PAGE}`, signal);
  let after = sink.end;
  for (let coming: Promise<RecordsPage> | null = pageAfter(after); coming !== null; ) {
    const page: RecordsPage = await coming;
    // A page that gets no further would be asked for again for ever.
    const next = page.next !== null && page.next > after ? page.next : null;
    // The next one comes while this one is folded.
    coming = next === null ? null : pageAfter(next);
    coming?.catch(() => undefined);
    after = next ?? after;
    await takeInSlices(page, sink, signal);
  }
}

/** In slices, so that questions are answered in between. */
export async function takeInSlices(
  { records, end }: Pick<RecordsPage, 'records' | 'end'>,
  sink: Sink,
  signal: AbortSignal,
): Promise<void> {
  for (let from = 0; from < records.length || from === 0; ) {
    const began = performance.now();
    do {
      sink.records(records.slice(from, from + FEW));
      from += FEW;
    } while (from < records.length && performance.now() - began < SLICE_MS);
    const last = records[Math.min(from, records.length) - 1];
    sink.read({ position: Math.max(sink.end, last?.position ?? 0), end });
    if (from >= records.length) return;
    await breathe();
    signal.throwIfAborted();
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
