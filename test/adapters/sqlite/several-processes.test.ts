import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test, vi } from 'vitest';
import { openSqliteStore } from '../../../src/adapters/sqlite/store.ts';
import { systemClock } from '../../../src/adapters/system/clock.ts';
import { isRunning } from '../../../src/adapters/system/processes.ts';
import { systemRandom } from '../../../src/adapters/system/random.ts';
import type { Store } from '../../../src/ports/store.ts';
import { temporaryFolder } from '../../contract/adapters.ts';
import { newRecord, Recorder } from '../../contract/recorder.ts';
import { startPeer } from './peer.ts';

const isLinux = process.platform === 'linux';

async function openStore(dir: string): Promise<Store> {
  const store = await openSqliteStore({ dir, clock: systemClock, random: systemRandom });
  onTestFinished(() => store.close());
  return store;
}

test('two processes append at once: nothing is lost, and both see one order', async () => {
  const dir = temporaryFolder();
  const peers = await Promise.all([startPeer(dir), startPeer(dir)]);
  const store = await openStore(dir);
  const follower = new Recorder();
  store.log.follow(follower, 0);
  await Promise.all(
    peers.map((peer, index) => peer.perform({ kind: 'append', execution: `e${index}`, count: 300 })),
  );
  await follower.sees(600);
  expect(follower.records.map(({ position }) => position)).toEqual(
    Array.from({ length: 600 }, (_, at) => at + 1),
  );
  for (const execution of ['e0', 'e1']) {
    const records = await store.log.read(execution);
    expect(records.map(({ data }) => data)).toEqual(Array.from({ length: 300 }, (_, index) => ({ index })));
  }
  const stamps = follower.records.map(({ at }) => at);
  expect(stamps).toEqual(stamps.toSorted((one, other) => one - other));
});

test('a process that only follows sees what others append', async () => {
  const dir = temporaryFolder();
  const [viewer, store] = [await startPeer(dir), await openStore(dir)];
  const seen = viewer.perform({ kind: 'follow', count: 50 });
  for (let index = 0; index < 50; index += 1) await store.log.append(newRecord('a'));
  expect(await seen).toBe(50);
});

test('a new folder opened by several processes at once becomes one folder', async () => {
  const dir = join(temporaryFolder(), 'new');
  const peers = await Promise.all(Array.from({ length: 4 }, () => startPeer(dir)));
  await Promise.all(
    peers.map((peer, index) => peer.perform({ kind: 'append', execution: `e${index}`, count: 5 })),
  );
  const store = await openStore(dir);
  expect(await store.log.head()).toBe(20);
});

test('after kill -9 in the middle of appends, every acknowledged record is there', async () => {
  const dir = temporaryFolder();
  const peer = await startPeer(dir);
  const ended = peer.perform({ kind: 'append', execution: 'one', count: 1_000_000 }).catch(() => 'killed');
  await peer.acknowledged(100);
  await peer.signal('SIGKILL');
  expect(await ended).toBe('killed');
  const store = await openStore(dir);
  const records = await store.log.read('one');
  expect(records.length).toBeGreaterThanOrEqual(peer.acknowledgedCount);
  expect(records.map(({ data }) => data)).toEqual(records.map((_, index) => ({ index })));
  const database = new DatabaseSync(join(dir, 'log.db'));
  expect(database.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' });
  database.close();
});

test('kill -9 makes orphans of what a process owned; its lock is free', async () => {
  const dir = temporaryFolder();
  const [peer, store] = [await startPeer(dir), await openStore(dir)];
  await peer.perform({ kind: 'take', execution: 'one' });
  expect(await store.ownership.take('one')).toEqual({ taken: false, by: peer.self });
  expect(await store.ownership.orphans()).toEqual([]);
  await peer.signal('SIGKILL');
  expect(await store.ownership.orphans()).toEqual(['one']);
  expect(await store.ownership.take('one')).toEqual({ taken: true });
});

test.skipIf(!isLinux)(
  'a stopped process keeps what it owns (only /proc tells that it has stopped)',
  async () => {
    const dir = temporaryFolder();
    const [peer, store] = [await startPeer(dir), await openStore(dir)];
    await peer.perform({ kind: 'take', execution: 'one' });
    await peer.signal('SIGSTOP');
    await vi.waitFor(() => expect(readFileSync(`/proc/${peer.self.pid}/stat`, 'utf8')).toMatch(/\) T /));
    expect(await store.ownership.ownerOf('one')).toEqual(peer.self);
    expect(await store.ownership.take('one')).toEqual({ taken: false, by: peer.self });
    expect(await store.ownership.orphans()).toEqual([]);
    await peer.signal('SIGCONT');
  },
);

test.skipIf(!isLinux)(
  'what a killed process left running is ended, also what left its group (only /proc shows environments)',
  async () => {
    const dir = temporaryFolder();
    const [peer, store] = [await startPeer(dir), await openStore(dir)];
    const pgid = Number(await peer.perform({ kind: 'start-group', execution: 'one' }));
    await peer.signal('SIGKILL');
    expect(isRunning(pgid)).toBe(true);
    expect(await store.processGroups.killLeftovers('another')).toEqual([]);
    const killed = await store.processGroups.killLeftovers('one');
    expect(killed).toHaveLength(3);
    expect(killed).toContain(pgid);
    expect(killed.filter(isRunning)).toEqual([]);
    expect(await store.processGroups.killLeftovers('one')).toEqual([]);
  },
);
