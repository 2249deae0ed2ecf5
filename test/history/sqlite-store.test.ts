import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { createHistoryStore } from '../../src/history/create-store.ts';
import type { HistoryStore } from '../../src/history/store.ts';
import { temporaryFolder } from '../contract/adapters.ts';
import { entry } from '../contract/history-store.suite.ts';

test('what was put is there when the file is opened again', async () => {
  const data = temporaryFolder();
  const first = await open(data);
  await first.put([entry('e1')]);
  await first.markReadTo('log', 5);
  await first.close();
  const second = await open(data);
  expect(await second.get('e1')).toEqual(entry('e1'));
  expect(await second.readTo('log')).toBe(5);
});

test('two processes may keep one history, and each sees what the other put', async () => {
  const data = temporaryFolder();
  const [one, other] = [await open(data), await open(data)];
  await one.put([entry('e1')]);
  await other.put([entry('e2')]);
  expect(await one.list()).toHaveLength(2);
});

test('a damaged file is set aside and a new history begun', async () => {
  const data = temporaryFolder();
  const path = join(data, 'history.db');
  writeFileSync(path, 'this was a database once'.repeat(100));
  const history = await open(data);
  await history.put([entry('e1')]);
  expect(await history.list()).toHaveLength(1);
  expect(readFileSync(`${path}.damaged`, 'utf8')).toContain('was a database');
});

test('a file of a newer version is left alone', async () => {
  const data = temporaryFolder();
  await (await open(data)).close();
  const database = new DatabaseSync(join(data, 'history.db'));
  database.exec('PRAGMA user_version = 99');
  database.close();
  await expect(open(data)).rejects.toMatchObject({ code: 'STORAGE_NEWER' });
  expect(existsSync(join(data, 'history.db.damaged'))).toBe(false);
});

test('a closed history says so', async () => {
  const history = await open(temporaryFolder());
  await history.close();
  await expect(history.list()).rejects.toMatchObject({ code: 'STORAGE_CLOSED' });
});

async function open(data: string): Promise<HistoryStore> {
  const history = await createHistoryStore({ data });
  onTestFinished(() => history.close());
  return history;
}
