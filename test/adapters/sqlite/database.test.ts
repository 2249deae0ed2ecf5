import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openDatabase } from '../../../src/adapters/sqlite/database.ts';
import { explainStorageError } from '../../../src/adapters/sqlite/explain.ts';
import { temporaryFolder } from '../../contract/adapters.ts';

const ONE = 'CREATE TABLE one (value TEXT) STRICT;';
const TWO = 'CREATE TABLE two (value TEXT) STRICT;';

async function open(path: string, migrations: readonly string[] = [ONE]): Promise<DatabaseSync> {
  const database = await openDatabase({ path, migrations, durability: 'full', busyTimeoutMs: 0 });
  onTestFinished(() => {
    if (database.isOpen) database.close();
  });
  return database;
}

const tablesOf = (database: DatabaseSync): unknown[] =>
  database
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
    .all()
    .map(({ name }) => name);

describe('opening a database', () => {
  test('makes it with the newest schema, in WAL mode, each commit on the disk', async () => {
    const database = await open(join(temporaryFolder(), 'new.db'), [ONE, TWO]);
    expect(tablesOf(database)).toEqual(['one', 'two']);
    expect(database.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
    expect(database.prepare('PRAGMA synchronous').get()).toEqual({ synchronous: 2 });
  });

  test('brings an older schema up to date and keeps what is in it', async () => {
    const path = join(temporaryFolder(), 'old.db');
    const old = await open(path, [ONE]);
    old.exec("INSERT INTO one VALUES ('kept')");
    old.close();
    const database = await open(path, [ONE, TWO]);
    expect(tablesOf(database)).toEqual(['one', 'two']);
    expect(database.prepare('SELECT value FROM one').all()).toEqual([{ value: 'kept' }]);
  });

  test('a migration that fails changes nothing', async () => {
    const path = join(temporaryFolder(), 'old.db');
    (await open(path, [ONE])).close();
    await expect(open(path, [ONE, `${TWO} THIS IS NO SQL;`])).rejects.toMatchObject({
      code: 'STORAGE_FAILED',
    });
    expect(tablesOf(await open(path, [ONE]))).toEqual(['one']);
  });

  test('waits for another process that is writing', async () => {
    const path = join(temporaryFolder(), 'busy.db');
    const writer = await open(path, [ONE]);
    writer.exec('BEGIN IMMEDIATE');
    const opened = open(path, [ONE, TWO]);
    // By now the first attempt has failed: it is made before this line.
    writer.exec('COMMIT');
    expect(tablesOf(await opened)).toEqual(['one', 'two']);
  });

  test('refuses the schema of a newer version and says which', async () => {
    const path = join(temporaryFolder(), 'newer.db');
    (await open(path, [ONE, TWO])).close();
    const refused = open(path, [ONE]);
    await expect(refused).rejects.toMatchObject({ code: 'STORAGE_NEWER' });
    await expect(refused).rejects.toThrow(/format 2, this version knows 1/);
  });

  test('refuses a database of another program and leaves it as it is', async () => {
    const path = join(temporaryFolder(), 'foreign.db');
    const foreign = new DatabaseSync(path);
    foreign.exec('CREATE TABLE theirs (value TEXT)');
    foreign.close();
    const before = readFileSync(path);
    await expect(open(path)).rejects.toMatchObject({ code: 'STORAGE_FOREIGN' });
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  test('refuses a file that is no database', async () => {
    const path = join(temporaryFolder(), 'text.db');
    writeFileSync(path, 'This is a text and has never been a database. '.repeat(100));
    await expect(open(path)).rejects.toMatchObject({ code: 'STORAGE_FOREIGN' });
  });

  test('says that a damaged file is damaged', async () => {
    const path = join(temporaryFolder(), 'damaged.db');
    const database = await open(path, [ONE, TWO]);
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    database.close();
    truncateSync(path, 4096);
    const reopened = open(path, [ONE, TWO]).then((damaged) => damaged.prepare('SELECT * FROM one').all());
    const error = await reopened.catch((thrown: unknown) => explainStorageError(path, thrown));
    expect(error).toMatchObject({ code: 'STORAGE_CORRUPT' });
  });

  test('says that a path cannot be used', async () => {
    const path = join(temporaryFolder(), 'folder.db');
    mkdirSync(path);
    await expect(open(path)).rejects.toMatchObject({ code: 'STORAGE_FAILED' });
  });
});

test('a file that cannot be written to is named as read-only', async () => {
  const path = join(temporaryFolder(), 'read-only.db');
  (await open(path)).close();
  const reader = new DatabaseSync(path, { readOnly: true });
  onTestFinished(() => reader.close());
  let thrown: unknown;
  try {
    reader.exec("INSERT INTO one VALUES ('x')");
  } catch (error) {
    thrown = error;
  }
  expect(explainStorageError(path, thrown)).toMatchObject({ code: 'STORAGE_READ_ONLY', cause: thrown });
});

test.each([
  ['EACCES', 'STORAGE_READ_ONLY'],
  ['EROFS', 'STORAGE_READ_ONLY'],
  ['ENOSPC', 'STORAGE_FULL'],
  ['EDQUOT', 'STORAGE_FULL'],
  ['EISDIR', 'STORAGE_FAILED'],
])('the system error %s is explained as %s', (code, expected) => {
  const error = Object.assign(new Error(`${code}: it said no`), { code });
  expect(explainStorageError('/data', error)).toMatchObject({ code: expected, cause: error });
});
