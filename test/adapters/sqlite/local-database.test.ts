import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { LocalDatabase } from '../../../src/adapters/sqlite/local-database.ts';
import { systemClock } from '../../../src/adapters/system/clock.ts';

function createLocal() {
  const database = new DatabaseSync(':memory:');
  database.exec('CREATE TABLE numbers (value INTEGER NOT NULL) STRICT');
  const local = new LocalDatabase(database, 'numbers.db', systemClock);
  const insert = (value: number | null) =>
    local.write(() => void database.prepare('INSERT INTO numbers VALUES (?)').run(value));
  const count = () => database.prepare('SELECT count(*) AS count FROM numbers').get()?.count;
  onTestFinished(() => local.close());
  return { local, insert, count };
}

test('writes of one turn all happen', async () => {
  const { insert, count } = createLocal();
  await Promise.all([insert(1), insert(2), insert(3)]);
  expect(count()).toBe(3);
});

test('when one fails none happens, and each hears of it', async () => {
  const { insert, count } = createLocal();
  const results = await Promise.allSettled([insert(1), insert(null), insert(3)]);
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  expect(count()).toBe(0);
  await insert(4);
  expect(count()).toBe(1);
});

test('closing writes what waits and refuses the rest', async () => {
  const { local, insert } = createLocal();
  const written = insert(1);
  local.close();
  await written;
  await expect(insert(2)).rejects.toMatchObject({ code: 'STORAGE_CLOSED' });
});

test('a query that fails says which database it was', async () => {
  const { local } = createLocal();
  const query = (): never => {
    throw new Error('no such table');
  };
  await expect(local.read(query)).rejects.toThrow('numbers.db cannot be used: no such table.');
  local.close();
  await expect(local.read(query)).rejects.toMatchObject({ code: 'STORAGE_CLOSED' });
});
