import { problemOf } from '../api/problem.ts';
import { readPages } from './read-pages.ts';
import type { Fetch, Transport } from './transport.ts';

/** A run that is over and is read once. @param base address under which `/source` and `/records` are */
export function simulatedTransport(base: string, fetch: Fetch): Transport {
  return async (sink, signal) => {
    sink.connection('connecting');
    try {
      await readPages(base, sink, { fetch, signal, isOpen: false });
      sink.connection('ended');
    } catch (error) {
      if (!signal.aborted) sink.failure(problemOf(error));
    }
  };
}
