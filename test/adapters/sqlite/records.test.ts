import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, onTestFinished, test } from 'vitest';
import { GroupedLog } from '../../../src/adapters/log/grouped-log.ts';
import { openDatabase } from '../../../src/adapters/sqlite/database.ts';
import { SqliteRecords } from '../../../src/adapters/sqlite/records.ts';
import { LOG_MIGRATIONS } from '../../../src/adapters/sqlite/schema.ts';
import { systemClock } from '../../../src/adapters/system/clock.ts';
import type { LogRecord } from '../../../src/ports/event-log.ts';
import { temporaryFolder } from '../../contract/adapters.ts';
import { newRecord, Recorder } from '../../contract/recorder.ts';

async function openLog() {
  const path = join(temporaryFolder(), 'log.db');
  const database = await openDatabase({
    path,
    migrations: LOG_MIGRATIONS,
    durability: 'full',
    busyTimeoutMs: 0,
  });
  onTestFinished(() => database.close());
  const delays: number[] = [];
  const log = new GroupedLog({
    storage: new SqliteRecords(database, path),
    clock: systemClock,
    wait: (delayMs, callback) => {
      delays.push(delayMs);
      setTimeout(callback, delayMs);
    },
  });
  return { path, database, log, delays };
}

describe('a full disk', () => {
  test('rejects what does not fit, takes it back from followers, and goes on once there is room', async () => {
    const { database, log } = await openLog();
    const data = 'x'.repeat(100_000);
    const results: Promise<LogRecord>[] = [];
    const follower = new Recorder((records) => {
      // What does not fit is what the follower makes of it: by then, the first records are folded.
      if (records[0]?.type === 'small')
        results.push(log.append(newRecord('large', { data })), log.append(newRecord('behind')));
    });
    log.follow(follower, 0);
    await log.append(newRecord('before'));
    // SQLite itself reports a full disk when a file may not grow: https://www.sqlite.org/pragma.html#pragma_max_page_count
    const { page_count: pages } = database.prepare('PRAGMA page_count').get() ?? {};
    database.exec(`PRAGMA max_page_count = ${Number(pages) + 1}`);
    await expect(log.append(newRecord('small'))).rejects.toMatchObject({ code: 'STORAGE_FULL' });
    expect(results).toHaveLength(2);
    for (const result of results) await expect(result).rejects.toMatchObject({ code: 'STORAGE_FULL' });
    expect(follower.calls).toEqual(['fold 1-1', 'durable 1', 'fold 2-2', 'retracted 1']);
    expect(await log.head()).toBe(1);

    database.exec('PRAGMA max_page_count = 1000000');
    await log.append(newRecord('after', { data }));
    expect(follower.types).toEqual(['before', 'after']);
    expect(follower.records).toEqual(await log.read('one'));
  });
});

describe('another process that writes', () => {
  test('holds up an append, which then goes through without blocking this process', async () => {
    const { path, log, delays } = await openLog();
    const other = new DatabaseSync(path);
    onTestFinished(() => other.close());
    other.exec('BEGIN IMMEDIATE');
    const appended = log.append(newRecord('a'));
    // The event loop turns meanwhile, again and again.
    while (delays.length < 5) await new Promise((resolve) => setImmediate(resolve));
    other.exec('COMMIT');
    expect((await appended).position).toBe(1);
    expect(Math.max(...delays)).toBeLessThanOrEqual(8);
  });

  test('that never lets go is named in the error', async () => {
    const { path, database } = await openLog();
    const other = new DatabaseSync(path);
    onTestFinished(() => other.close());
    other.exec('BEGIN IMMEDIATE');
    const log = new GroupedLog({
      storage: new SqliteRecords(database, path),
      clock: systemClock,
      wait: (delayMs, callback) => void setTimeout(callback, delayMs),
      busyLimitMs: 0,
    });
    const refused = log.append(newRecord('a'));
    await expect(refused).rejects.toMatchObject({ code: 'STORAGE_BUSY', retryable: true });
    await expect(refused).rejects.toThrow(path);
  });
});

test('a log whose file is damaged says so when it is read', async () => {
  const path = join(temporaryFolder(), 'log.db');
  const open = () => openDatabase({ path, migrations: LOG_MIGRATIONS, durability: 'full', busyTimeoutMs: 0 });
  const made = await open();
  const { rootpage } = made.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'records'").get() ?? {};
  made.close();
  const file = openSync(path, 'r+');
  writeSync(file, Buffer.alloc(PAGE_BYTES, 0xa5), 0, PAGE_BYTES, (Number(rootpage) - 1) * PAGE_BYTES);
  closeSync(file);
  const database = await open();
  onTestFinished(() => database.close());
  const log = new GroupedLog({
    storage: new SqliteRecords(database, path),
    clock: systemClock,
    wait: (_ms, callback) => void setImmediate(callback),
  });
  const corrupt = { code: 'STORAGE_CORRUPT', message: expect.stringContaining(path) };
  await expect(log.head()).rejects.toMatchObject(corrupt);
  await expect(log.append(newRecord('a'))).rejects.toMatchObject(corrupt);
});

/** https://www.sqlite.org/pragma.html#pragma_page_size */
const PAGE_BYTES = 4096;
