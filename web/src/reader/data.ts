import type { ViewSource } from '../../../src/inspection/documents.ts';
import type { LogRecord } from '../../../src/ports/event-log.ts';
import type { Transport } from './transport.ts';

/** Records that are all here. */
export function dataTransport(source: ViewSource, records: readonly LogRecord[]): Transport {
  return async (sink) => {
    sink.source(source, { isOpen: false });
    sink.records(records);
    sink.connection('ended');
  };
}
