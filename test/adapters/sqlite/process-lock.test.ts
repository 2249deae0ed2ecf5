import { existsSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ProcessLocks } from '../../../src/adapters/sqlite/process-lock.ts';
import { openSqliteStore } from '../../../src/adapters/sqlite/store.ts';
import { systemClock } from '../../../src/adapters/system/clock.ts';
import { systemRandom } from '../../../src/adapters/system/random.ts';
import { temporaryFolder } from '../../contract/adapters.ts';

test('a process lives from taking its lock to letting go of it', () => {
  const dir = temporaryFolder();
  const letGo = new ProcessLocks(dir).hold('p1');
  expect(new ProcessLocks(dir).isAlive('p1')).toBe(true);
  letGo();
  expect(new ProcessLocks(dir).isAlive('p1')).toBe(false);
  expect(existsSync(join(dir, 'p1.lock'))).toBe(false);
});

test('a process that never was is dead', () => {
  expect(new ProcessLocks(temporaryFolder()).isAlive('unknown')).toBe(false);
});

test('a process that shows up as dead stays dead', () => {
  const dir = temporaryFolder();
  const locks = new ProcessLocks(dir);
  expect(locks.isAlive('p1')).toBe(false);
  const letGo = new ProcessLocks(dir).hold('p1');
  expect(locks.isAlive('p1')).toBe(false);
  letGo();
});

test('what a dead process left is cleared when the folder is opened, younger files and living processes stay', async () => {
  const dir = temporaryFolder();
  const open = () => openSqliteStore({ dir, clock: systemClock, random: systemRandom });
  const living = await open();
  const pathOf = (id: string): string => join(dir, 'processes', `${id}.lock`);
  for (const id of ['dead', 'young']) writeFileSync(pathOf(id), '');
  const longAgo = new Date(0);
  for (const id of ['dead', living.ownership.self.process]) utimesSync(pathOf(id), longAgo, longAgo);
  const store = await open();
  const left = ['dead', 'young', living.ownership.self.process].filter((id) => existsSync(pathOf(id)));
  expect(left).toEqual(['young', living.ownership.self.process]);
  await Promise.all([living.close(), store.close()]);
});
