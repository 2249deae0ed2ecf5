import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { VirtualClock } from '../../../src/adapters/memory/virtual-clock.ts';
import { watchDatabase } from '../../../src/adapters/sqlite/watch.ts';
import { temporaryFolder } from '../../contract/adapters.ts';

function startWatch() {
  const path = join(temporaryFolder(), 'watched.db');
  const [database, other] = [new DatabaseSync(path), new DatabaseSync(path)];
  onTestFinished(() => {
    for (const each of [database, other]) if (each.isOpen) each.close();
  });
  other.exec('PRAGMA journal_mode = WAL; CREATE TABLE numbers (value INTEGER) STRICT');
  const clock = new VirtualClock();
  const seen = { changes: 0, errors: [] as unknown[], isIdle: false };
  const stop = watchDatabase({
    database,
    clock,
    isIdle: () => seen.isIdle,
    onChange: () => {
      seen.changes += 1;
    },
    onError: (error) => seen.errors.push(error),
  });
  const insert = (by: DatabaseSync): void => by.exec('INSERT INTO numbers VALUES (1)');
  return { database, other, clock, seen, stop, insert };
}

test('a commit of another connection is noticed at the next look, one of our own is not', async () => {
  const { database, other, clock, seen, insert } = startWatch();
  await clock.advance(25);
  const before = seen.changes;
  insert(database);
  await clock.advance(100);
  expect(seen.changes).toBe(before);
  insert(other);
  await clock.advance(25);
  expect(seen.changes).toBe(before + 1);
});

test('while nobody cares it does not look, and then finds what happened meanwhile', async () => {
  const { other, clock, seen, insert } = startWatch();
  await clock.advance(25);
  const before = seen.changes;
  seen.isIdle = true;
  insert(other);
  await clock.advance(1_000);
  expect(seen.changes).toBe(before);
  seen.isIdle = false;
  await clock.advance(25);
  expect(seen.changes).toBe(before + 1);
});

test('an error is reported, and it goes on looking', async () => {
  const { database, clock, seen } = startWatch();
  await clock.advance(25);
  database.close();
  await clock.advance(50);
  expect(seen.errors).toHaveLength(2);
});

test('once stopped it looks no more', async () => {
  const { other, clock, seen, stop, insert } = startWatch();
  await clock.advance(25);
  const before = seen.changes;
  stop();
  insert(other);
  await clock.advance(1_000);
  expect(seen.changes).toBe(before);
  expect(clock.nextAt).toBeUndefined();
});
