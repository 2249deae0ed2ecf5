import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { WriteBatch } from '../../../src/adapters/sqlite/write-batch.ts';
import { systemClock } from '../../../src/adapters/system/clock.ts';

function createBatch() {
  const database = new DatabaseSync(':memory:');
  onTestFinished(() => database.close());
  database.exec('CREATE TABLE numbers (value INTEGER NOT NULL) STRICT');
  const batch = new WriteBatch(database, 'numbers.db', systemClock);
  const insert = (value: number | null) =>
    batch.add(() => void database.prepare('INSERT INTO numbers VALUES (?)').run(value));
  const count = () => database.prepare('SELECT count(*) AS count FROM numbers').get()?.count;
  return { batch, insert, count };
}

test('writes of one turn all happen', async () => {
  const { insert, count } = createBatch();
  await Promise.all([insert(1), insert(2), insert(3)]);
  expect(count()).toBe(3);
});

test('when one fails none happens, and each hears of it', async () => {
  const { insert, count } = createBatch();
  const results = await Promise.allSettled([insert(1), insert(null), insert(3)]);
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  expect(count()).toBe(0);
  await insert(4);
  expect(count()).toBe(1);
});

test('closing writes what waits and refuses the rest', async () => {
  const { batch, insert, count } = createBatch();
  const written = insert(1);
  batch.close();
  expect(count()).toBe(1);
  await written;
  await expect(insert(2)).rejects.toMatchObject({ code: 'STORAGE_CLOSED' });
});
