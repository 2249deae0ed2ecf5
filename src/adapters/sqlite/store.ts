import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../../ports/clock.ts';
import type { Random } from '../../ports/random.ts';
import type { Store, StoreLogger } from '../../ports/store.ts';
import { GroupedLog } from '../log/grouped-log.ts';
import { SqliteAgentDirectory } from './agent-directory.ts';
import { FileArtifacts } from './artifact-store.ts';
import { openDatabase } from './database.ts';
import { explainStorageError } from './explain.ts';
import { type Folder, prepareFolder } from './folder.ts';
import { LocalDatabase } from './local-database.ts';
import { SqliteOwnership } from './ownership.ts';
import { SqliteProcessGroups } from './process-groups.ts';
import { Processes } from './processes.ts';
import { SqliteRecords } from './records.ts';
import { SqliteResponses } from './response-cache.ts';
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
export async function openSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  const folder = prepareFolder(options.dir);
  const database = await openDatabase({
    path: folder.log,
    migrations: LOG_MIGRATIONS,
    durability: 'full',
    busyTimeoutMs: LOG_BUSY_TIMEOUT_MS,
  });
  let local: DatabaseSync | undefined;
  try {
    local = await openDatabase({
      path: folder.local,
      migrations: LOCAL_MIGRATIONS,
      durability: 'normal',
      busyTimeoutMs: LOCAL_BUSY_TIMEOUT_MS,
    });
    return new SqliteStore(options, folder, database, new LocalDatabase(local, folder.local, options.clock));
  } catch (error) {
    local?.close();
    database.close();
    throw explainStorageError(folder.dir, error);
  }
}

class SqliteStore implements Store {
  readonly log: GroupedLog;
  readonly snapshots: Store['snapshots'];
  readonly artifacts: Store['artifacts'];
  readonly ownership: Store['ownership'];
  readonly directory: Store['directory'];
  readonly processGroups: Store['processGroups'];
  readonly responses: Store['responses'];
  readonly dataId: string;
  readonly #database: DatabaseSync;
  readonly #local: LocalDatabase;
  readonly #processes: Processes;
  readonly #stopWatching: () => void;
  #closing: Promise<void> | undefined;

  constructor(
    { clock, random, logger }: SqliteStoreOptions,
    folder: Folder,
    database: DatabaseSync,
    local: LocalDatabase,
  ) {
    const report = (error: unknown): void => {
      logger?.warn({ err: error }, 'The log could not be read; trying again.');
    };
    this.#database = database;
    this.#local = local;
    this.#processes = new Processes(local, folder.processes, { id: random.id(), startedAt: clock.now() });
    this.dataId = dataIdIn(database);
    const log = new GroupedLog({
      storage: new SqliteRecords(database, folder.log),
      clock,
      wait: (delayMs, callback) => void setTimeout(callback, delayMs),
      report,
    });
    this.log = log;
    this.snapshots = new SqliteSnapshots(local);
    this.artifacts = new FileArtifacts(folder.artifacts, random);
    this.ownership = new SqliteOwnership(database, log, this.#processes);
    this.directory = new SqliteAgentDirectory(local, this.#processes);
    this.processGroups = new SqliteProcessGroups(local, this.dataId, this.#processes);
    this.responses = new SqliteResponses(local, clock);
    this.#stopWatching = watchDatabase({
      database,
      clock,
      isIdle: () => !log.isFollowed,
      onChange: () => log.wake(),
      onError: report,
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    await this.log.close();
    this.#stopWatching();
    this.#processes.leave();
    this.#local.close();
    this.#database.close();
  }
}

/** A commit elsewhere takes about a millisecond; waiting longer than a few would hold up everything else here. */
const LOG_BUSY_TIMEOUT_MS = 5;
/** Its writes do not wait for the disk, so they are never in each other's way for long. */
const LOCAL_BUSY_TIMEOUT_MS = 2_000;

function dataIdIn(database: DatabaseSync): string {
  return String(database.prepare("SELECT value FROM meta WHERE name = 'data_id'").get()?.value);
}
