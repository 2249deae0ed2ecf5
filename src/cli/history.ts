import { createHistoryStore } from '../history/create-store.ts';
import { History } from '../history/history.ts';
import { HistoryRecorder } from '../history/recorder.ts';
import type { Embedded } from '../library/embedded.ts';
import { type CliContext, dataDirOf, loggerOf, type OpenData } from './context.ts';

/** The history of an open data folder. */
export async function openHistory(
  context: CliContext,
  { store: { log, dataId }, sources }: OpenData,
  options: { readonly data?: string | undefined },
): Promise<History> {
  const store = await createHistoryStore({ data: dataDirOf(context, options) });
  return new History({ store, log, logId: dataId, sources });
}

/** Keeps the history of what an engine drives until it is disposed of; for a process that drives many executions. */
export async function recordHistory(
  context: CliContext,
  { engine }: Embedded,
  options: { readonly data?: string | undefined },
): Promise<AsyncDisposable> {
  const store = await createHistoryStore({ data: dataDirOf(context, options) });
  const recorder = new HistoryRecorder({ engine, store, clock: context.clock, logger: loggerOf(context) });
  return {
    async [Symbol.asyncDispose]() {
      await recorder.stop();
      await store.close();
    },
  };
}
