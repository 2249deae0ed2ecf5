import type { LogRecord } from '../../../src/ports/event-log.ts';
import type { Fetch } from '../../../web/src/reader/transport.ts';
import type { Log } from '../logs.ts';

/** Serves a log as the HTTP API does, page by page and then as it grows, and breaks off whenever a test says so. */
export class ShakyServer {
  readonly #log: Log;
  readonly #streams = new Set<ReadableStreamDefaultController<Uint8Array>>();
  #count: number;
  /** Paths that were asked for, in order. */
  readonly asked: string[] = [];
  isDown = false;
  pageSize = 10;

  constructor(log: Log, count: number) {
    this.#log = log;
    this.#count = count;
  }

  /** So many more records are written. */
  grow(by: number): void {
    for (const record of this.#log.records.slice(this.#count, this.#count + by)) this.#tell(record);
    this.#count += by;
  }

  send(text: string): void {
    for (const stream of this.#streams) stream.enqueue(new TextEncoder().encode(text));
  }

  breakOff(): void {
    for (const stream of this.#streams) stream.error(new TypeError('network error'));
    this.#streams.clear();
  }

  endStreams(): void {
    for (const stream of this.#streams) stream.close();
    this.#streams.clear();
  }

  readonly fetch: Fetch = async (path, { signal } = {}) => {
    this.asked.push(path);
    if (this.isDown) throw new TypeError('fetch failed');
    const url = new URL(path, 'http://localhost');
    const after = Number(url.searchParams.get('after') ?? 0);
    const known = this.#log.records.slice(0, this.#count);
    const rest = known.filter(({ position }) => position > after);
    if (url.pathname.endsWith('/source')) return Response.json(this.#log.source);
    if (url.pathname.endsWith('/records')) {
      const records = rest.slice(0, this.pageSize);
      const next = rest.length > records.length ? (records.at(-1)?.position ?? null) : null;
      return Response.json({ records, next, end: known.at(-1)?.position ?? 0 });
    }
    if (!url.pathname.endsWith('/live'))
      return Response.json({ title: 'Unknown', code: 'NOT_FOUND', detail: path }, { status: 404 });
    let own: ReadableStreamDefaultController<Uint8Array>;
    const body = new ReadableStream<Uint8Array>({
      start: (stream) => {
        own = stream;
        this.#streams.add(stream);
        for (const record of rest) stream.enqueue(new TextEncoder().encode(eventOf(record)));
        signal?.addEventListener('abort', () => {
          if (this.#streams.delete(stream)) stream.error(new DOMException('aborted', 'AbortError'));
        });
      },
      cancel: () => void this.#streams.delete(own),
    });
    return new Response(body);
  };

  #tell(record: LogRecord): void {
    this.send(eventOf(record));
  }
}

function eventOf(record: LogRecord): string {
  return `event: record\nid: ${record.position}\ndata: ${JSON.stringify(record)}\n\n`;
}
