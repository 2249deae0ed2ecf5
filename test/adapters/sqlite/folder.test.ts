import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { networkFileSystemOf, prepareFolder } from '../../../src/adapters/sqlite/folder.ts';
import { openSqliteStore } from '../../../src/adapters/sqlite/store.ts';
import { systemClock } from '../../../src/adapters/system/clock.ts';
import { systemRandom } from '../../../src/adapters/system/random.ts';
import { temporaryFolder } from '../../contract/adapters.ts';

const modeOf = (path: string): number => statSync(path).mode & 0o777;

describe('a data folder', () => {
  test('is private to the user, and so is every file in it', async () => {
    const dir = join(temporaryFolder(), 'deep', '.troupe');
    const store = await openSqliteStore({ dir, clock: systemClock, random: systemRandom });
    await store.log.append({ id: 'a', execution: 'one', source: 'engine', type: 'a', data: {} });
    await store.snapshots.put({ execution: 'one', position: 1, body: 'state' });
    const files = readdirSync(dir);
    expect(files).toEqual(expect.arrayContaining(['log.db', 'log.db-wal', 'local.db']));
    expect(modeOf(dir)).toBe(0o700);
    const open = files.filter((name) => (modeOf(join(dir, name)) & 0o077) !== 0);
    expect(open).toEqual([]);
    await store.close();
  });

  test('that is there is used as it is', () => {
    const dir = join(temporaryFolder(), 'shared');
    mkdirSync(dir, { mode: 0o755 });
    writeFileSync(join(dir, 'note.txt'), 'mine');
    prepareFolder(dir);
    expect(modeOf(dir)).toBe(0o755);
    expect(readdirSync(dir)).toEqual(['artifacts', 'local.db', 'log.db', 'note.txt', 'processes']);
  });

  test('keeps its id for every process and after every restart', async () => {
    const dir = temporaryFolder();
    const open = () => openSqliteStore({ dir, clock: systemClock, random: systemRandom });
    const [first, second] = [await open(), await open()];
    await Promise.all([first.close(), second.close()]);
    const third = await open();
    await third.close();
    expect(first.dataId).toMatch(/^[0-9a-f]{20}$/);
    expect([second.dataId, third.dataId]).toEqual([first.dataId, first.dataId]);
  });

  test('where a file is in the way cannot be used', () => {
    const path = join(temporaryFolder(), 'file');
    writeFileSync(path, '');
    for (const dir of [path, join(path, 'below')]) {
      expect(() => prepareFolder(dir)).toThrow(
        expect.objectContaining({
          code: 'STORAGE_FAILED',
          message: expect.stringContaining(`${path} cannot be used: it is a file`),
        }),
      );
    }
  });

  test.runIf(existsSync('/proc/self'))(
    'where a file system refuses new folders cannot be used, and that is told',
    () => {
      expect(() => prepareFolder('/proc/troupe/data')).toThrow(
        expect.objectContaining({ code: 'STORAGE_FAILED' }),
      );
    },
  );
});

test('a folder whose second database is damaged is refused, and nothing stays open', async () => {
  const dir = temporaryFolder();
  writeFileSync(join(dir, 'local.db'), 'This is a text and has never been a database. '.repeat(100));
  const opened = openSqliteStore({ dir, clock: systemClock, random: systemRandom });
  await expect(opened).rejects.toMatchObject({ code: 'STORAGE_FOREIGN' });
  // The last connection that closes takes the side files along.
  expect(readdirSync(dir)).toEqual(['artifacts', 'local.db', 'log.db', 'processes']);
});

test.runIf(process.platform === 'linux').each([
  ['NFS', 0x6969],
  ['SMB', 0xfe534d42],
  ['CIFS', 0xff534d42 | 0],
])('a folder on %s is recognised (only Linux tells the type)', (name, type) => {
  expect(networkFileSystemOf('/anywhere', () => type)).toBe(name);
});

test('a local folder is on no network', () => {
  expect(networkFileSystemOf(temporaryFolder())).toBeUndefined();
});
