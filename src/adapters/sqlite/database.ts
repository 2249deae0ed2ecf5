import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { storageForeign, storageNewer } from '../../errors.ts';
import { explainStorageError, isBusy } from './explain.ts';

export interface DatabaseOptions {
  readonly path: string;
  /** One script for each version of the schema; the first makes version 1. A released script is never edited. */
  readonly migrations: readonly string[];
  /**
   * `full`: a commit is on the disk when it returns. `normal`: it survives the death of any process, and of the machine but
   * for the last moments; the file stays whole. See https://www.sqlite.org/pragma.html#pragma_synchronous
   */
  readonly durability: 'full' | 'normal';
  /** How long a statement may block for another process's lock. */
  readonly busyTimeoutMs: number;
}

/**
 * Opens a database of Troupe and brings its schema up to date. Several processes may do so at once.
 *
 * Throws STORAGE_FOREIGN, STORAGE_NEWER, STORAGE_CORRUPT, STORAGE_READ_ONLY, STORAGE_BUSY or STORAGE_FAILED.
 */
export async function openDatabase(options: DatabaseOptions): Promise<DatabaseSync> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return tryToOpen(options);
    } catch (error) {
      if (!isBusy(error) || attempt === OPEN_ATTEMPTS) throw explainStorageError(options.path, error);
    }
    await delay(OPEN_RETRY_MS);
  }
}

/** Making a new file and its schema takes milliseconds; opening waits 5 seconds for others who do. */
const OPEN_ATTEMPTS = 250;
const OPEN_RETRY_MS = 20;

/** Says whose file this is, as https://www.sqlite.org/pragma.html#pragma_application_id proposes: "TRPE". */
const APPLICATION_ID = 0x54525045;

function tryToOpen({ path, migrations, durability, busyTimeoutMs }: DatabaseOptions): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: busyTimeoutMs });
  try {
    // Looked at before anything is written: a database of somebody else is left as it is.
    checkOwner(database, path, migrations.length);
    database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${durability.toUpperCase()};`);
    if (versionOf(database) < migrations.length) migrate(database, path, migrations);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function checkOwner(database: DatabaseSync, path: string, known: number): void {
  // In this order: another process may make the schema in between, and whoever sees its tables must see its id as well.
  const { tables } = database.prepare('SELECT count(*) AS tables FROM sqlite_schema').get() ?? {};
  const applicationId = pragma(database, 'application_id');
  if (applicationId !== APPLICATION_ID && (applicationId !== 0 || tables !== 0)) throw storageForeign(path);
  const version = versionOf(database);
  if (version > known) throw storageNewer(path, version, known);
}

function migrate(database: DatabaseSync, path: string, migrations: readonly string[]): void {
  database.exec('BEGIN IMMEDIATE');
  try {
    // Again, now that nobody else writes: another process may have been here first.
    checkOwner(database, path, migrations.length);
    for (const script of migrations.slice(versionOf(database))) database.exec(script);
    database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${migrations.length};`);
    database.exec('COMMIT');
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

function versionOf(database: DatabaseSync): number {
  return pragma(database, 'user_version');
}

function pragma(database: DatabaseSync, name: string): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name]);
}
