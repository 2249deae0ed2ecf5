import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { explainStorageError } from '../adapters/sqlite/explain.ts';
import { MemoryHistoryStore } from './memory-store.ts';
import { SqliteHistoryStore } from './sqlite-store.ts';
import type { HistoryStore } from './store.ts';

/**
 * Opens a history, for `TaskExecutor`'s option `historyStore` and for programs that only look.
 *
 * @param data the data folder that holds it, made when missing; `memory` keeps it in memory. Default `.troupe`
 *
 * Throws STORAGE_NEWER, STORAGE_READ_ONLY, STORAGE_BUSY or STORAGE_FAILED.
 */
export async function createHistoryStore({
  data = '.troupe',
}: {
  readonly data?: string | undefined;
} = {}): Promise<HistoryStore> {
  if (data === 'memory') return new MemoryHistoryStore();
  try {
    mkdirSync(data, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw explainStorageError(data, error);
  }
  return SqliteHistoryStore.open(join(data, 'history.db'));
}
