import { createHistoryStore } from '../history/create-store.ts';
import { History } from '../history/history.ts';
import { type CliContext, dataDirOf, type OpenData } from './context.ts';

/** The history of an open data folder. */
export async function openHistory(
  context: CliContext,
  { store: { log, dataId }, sources }: OpenData,
  options: { readonly data?: string | undefined },
): Promise<History> {
  const store = await createHistoryStore({ data: dataDirOf(context, options) });
  return new History({ store, log, logId: dataId, sources });
}
