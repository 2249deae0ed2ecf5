import type { ViewSource } from '../../../src/inspection/documents.ts';
import type { LogRecord } from '../../../src/ports/event-log.ts';
import { takeInSlices } from './read-pages.ts';
import type { Transport } from './transport.ts';

/** Records that are all here. */
export function dataTransport(source: ViewSource, records: readonly LogRecord[]): Transport {
  return async (sink, signal) => {
    sink.source(source, { isOpen: false });
    await takeInSlices({ records, end: records.at(-1)?.position ?? 0 }, sink, signal);
    sink.connection('ended');
  };
}
