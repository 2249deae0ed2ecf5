import { createHistoryStore } from '../history/create-store.ts';
import { HistoryRecorder } from '../history/recorder.ts';
import type { Embedded } from '../library/embedded.ts';
import { type CliContext, dataDirOf, loggerOf } from './context.ts';
import type { StateOptions } from './options.ts';

/** Keeps the history of what an engine drives until it is disposed of; for a process that drives many executions. */
export async function recordHistory(
  context: CliContext,
  { engine }: Embedded,
  options: StateOptions,
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
