import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openDatabase } from '../../../src/adapters/sqlite/database.ts';
import { LocalDatabase } from '../../../src/adapters/sqlite/local-database.ts';
import { SqliteProcessGroups } from '../../../src/adapters/sqlite/process-groups.ts';
import { LOCAL_MIGRATIONS } from '../../../src/adapters/sqlite/schema.ts';
import { systemClock } from '../../../src/adapters/system/clock.ts';
import { bootId, isRunning, startTimeOf } from '../../../src/adapters/system/processes.ts';
import type { ProcessGroup } from '../../../src/ports/process-groups.ts';
import { temporaryFolder } from '../../contract/adapters.ts';

async function openGroups({ alive = ['us'], path = join(temporaryFolder(), 'local.db') } = {}) {
  const local = await openDatabase({
    path,
    migrations: LOCAL_MIGRATIONS,
    durability: 'normal',
    busyTimeoutMs: 0,
  });
  onTestFinished(() => local.close());
  const processes = {
    self: { process: alive[0] ?? '', pid: process.pid, hostname: '', startedAt: 0 },
    isAlive: (id: string) => alive.includes(id),
  };
  return new SqliteProcessGroups(new LocalDatabase(local, path, systemClock), 'data-id', processes);
}

/** Starts a process with a group of its own that would run for long. */
async function startGroup() {
  const child = spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' });
  await once(child, 'spawn');
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const pgid = child.pid ?? 0;
  const group = {
    execution: 'one',
    step: 's',
    attempt: 1,
    pgid,
    startTime: startTimeOf(pgid),
    bootId: bootId(),
  };
  return { child, group };
}

test('a group that was added is ended', async () => {
  const groups = await openGroups();
  const { child, group } = await startGroup();
  const exited = once(child, 'exit');
  groups.add(group);
  expect(await groups.killLeftovers('one')).toEqual([group.pgid]);
  expect(await exited).toEqual([null, 'SIGKILL']);
});

test.each<[string, Partial<ProcessGroup>]>([
  ['belongs to another execution', { execution: 'two' }],
  ['was started at another time: its id was used again', { startTime: 'another time' }],
  ['was started before the machine was', { bootId: 'another boot' }],
  ['has no known start', { startTime: '' }],
])('a group that %s is left alone', async (_, about) => {
  const groups = await openGroups();
  const { group } = await startGroup();
  groups.add({ ...group, ...about });
  expect(await groups.killLeftovers('one')).toEqual([]);
  expect(isRunning(group.pgid)).toBe(true);
});

test('a group that was removed is left alone', async () => {
  const groups = await openGroups();
  const { group } = await startGroup();
  groups.add(group);
  groups.remove(group);
  expect(await groups.killLeftovers('one')).toEqual([]);
  expect(isRunning(group.pgid)).toBe(true);
});

test('a group that ended by itself is forgotten', async () => {
  const groups = await openGroups();
  const { child, group } = await startGroup();
  groups.add(group);
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
  expect(await groups.killLeftovers('one')).toEqual([]);
});

describe('what dead processes left', () => {
  test('is ended, of all executions; the living keep theirs', async () => {
    const path = join(temporaryFolder(), 'local.db');
    const [left, leftToo, living] = [await startGroup(), await startGroup(), await startGroup()];
    const dead = await openGroups({ path, alive: ['dead'] });
    dead.add(left.group);
    dead.add({ ...leftToo.group, execution: 'two' });
    const neighbour = await openGroups({ path, alive: ['neighbour'] });
    neighbour.add({ ...living.group, execution: 'three' });
    const exits = [once(left.child, 'exit'), once(leftToo.child, 'exit')];

    const groups = await openGroups({ path, alive: ['us', 'neighbour'] });
    expect([...(await groups.killAttemptsOf('dead'))].sort()).toEqual(
      [left.group.pgid, leftToo.group.pgid].sort(),
    );
    await Promise.all(exits);
    expect(isRunning(living.group.pgid)).toBe(true);
    expect(await neighbour.killAttemptsOf('own')).toEqual([living.group.pgid]);
    expect(await groups.killAttemptsOf('dead')).toEqual([]);
  });

  test('is ended also when it left its group; what works for another attempt is not', async () => {
    const path = join(temporaryFolder(), 'local.db');
    const { child, group } = await startGroup();
    const strayOf = async (attempt: string) => {
      const env = { ...process.env, TROUPE_CLAIM: `data-id/${attempt}/17` };
      const stray = spawn('sleep', ['1000'], { detached: true, stdio: 'ignore', env });
      await once(stray, 'spawn');
      onTestFinished(() => void stray.kill('SIGKILL'));
      return stray;
    };
    const [ours, other] = [await strayOf('one/s/1'), await strayOf('one/s/2')];
    (await openGroups({ path, alive: ['dead'] })).add(group);
    child.kill('SIGKILL');
    await once(child, 'exit');

    expect(await (await openGroups({ path })).killAttemptsOf('dead')).toEqual([ours.pid]);
    expect(isRunning(other.pid ?? 0)).toBe(true);
  });
});
