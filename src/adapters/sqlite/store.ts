import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../../ports/clock.ts';
import type { Random } from '../../ports/random.ts';
import type { Store, StoreLogger } from '../../ports/store.ts';
import { GroupedLog } from '../log/grouped-log.ts';
import { SqliteAgentDirectory } from './agent-directory.ts';
import { FileArtifacts } from './artifact-store.ts';
import { openDatabase } from './database.ts';
import { explainStorageError } from './explain.ts';
import { prepareFolder } from './folder.ts';
import { LocalDatabase } from './local-database.ts';
import { SqliteOwnership } from './ownership.ts';
import { SqliteProcessGroups } from './process-groups.ts';
import { Processes } from './processes.ts';
import { SqliteRecords } from './records.ts';
import { LOCAL_MIGRATIONS, LOG_MIGRATIONS } from './schema.ts';
import { SqliteSnapshots } from './snapshot-store.ts';
import { watchDatabase } from './watch.ts';

export interface SqliteStoreOptions {
  /** The data folder, `.troupe` as a rule; made when missing, with mode 0700. */
  readonly dir: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger?: StoreLogger | undefined;
}

/**
 * Opens a data folder as one more process on it.
 *
 * Throws STORAGE_ON_NETWORK, STORAGE_READ_ONLY, STORAGE_FULL, STORAGE_CORRUPT, STORAGE_FOREIGN, STORAGE_NEWER, STORAGE_BUSY or
 * STORAGE_FAILED.
 */
export async function openSqliteStore({ dir, clock, random, logger }: SqliteStoreOptions): Promise<Store> {
  const folder = prepareFolder(dir);
  const database = await openDatabase({
    path: folder.log,
    migrations: LOG_MIGRATIONS,
    durability: 'full',
    busyTimeoutMs: LOG_BUSY_TIMEOUT_MS,
  });
  const local = await openDatabase({
    path: folder.local,
    migrations: LOCAL_MIGRATIONS,
    durability: 'normal',
    busyTimeoutMs: LOCAL_BUSY_TIMEOUT_MS,
  }).catch((error: unknown) => {
    database.close();
    throw error;
  });
  try {
    const dataId = dataIdIn(database);
    const processes = new Processes(local, folder.processes, { id: random.id(), startedAt: clock.now() });
    const report = (error: unknown): void => {
      logger?.warn({ err: error }, 'The log could not be read; trying again.');
    };
    const log = new GroupedLog({
      storage: new SqliteRecords(database, folder.log),
      clock,
      wait: (delayMs, callback) => void setTimeout(callback, delayMs),
      report,
    });
    const beside = new LocalDatabase(local, folder.local, clock);
    const stopWatching = watchDatabase({
      database,
      clock,
      isIdle: () => !log.isFollowed,
      onChange: () => log.wake(),
      onError: report,
    });

    let closing: Promise<void> | undefined;
    const close = (): Promise<void> => {
      closing ??= (async () => {
        await log.close();
        stopWatching();
        beside.close();
        processes.leave();
        local.close();
        database.close();
      })();
      return closing;
    };

    return {
      log,
      dataId,
      snapshots: new SqliteSnapshots(local, beside),
      artifacts: new FileArtifacts(folder.artifacts, random),
      ownership: new SqliteOwnership(database, log, processes),
      directory: new SqliteAgentDirectory(local, beside, processes),
      processGroups: new SqliteProcessGroups(local, dataId),
      close,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    local.close();
    database.close();
    throw explainStorageError(dir, error);
  }
}

/** A commit elsewhere takes about a millisecond; waiting longer than a few would hold up everything else here. */
const LOG_BUSY_TIMEOUT_MS = 5;
/** Its writes do not wait for the disk, so they are never in each other's way for long. */
const LOCAL_BUSY_TIMEOUT_MS = 2_000;

function dataIdIn(database: DatabaseSync): string {
  return String(database.prepare("SELECT value FROM meta WHERE name = 'data_id'").get()?.value);
}
