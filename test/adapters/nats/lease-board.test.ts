import { rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { NatsLink } from '../../../src/adapters/nats/connection.ts';
import { NatsLeaseBoard } from '../../../src/adapters/nats/lease-board.ts';
import { provision } from '../../../src/adapters/nats/provision.ts';
import type { LeaseKey } from '../../../src/ports/lease-board.ts';
import { entryOf, watching } from '../../contract/lease-board.suite.ts';
import { natsServerForFile, natsServerForTest } from '../../fixtures/nats/server.ts';
import { linkToNamespace, newNamespace } from './namespaces.ts';

const server = natsServerForFile();

function reconnected(link: NatsLink): Promise<void> {
  return new Promise((resolve) => {
    const stop = link.onReconnect(() => {
      stop();
      resolve();
    });
  });
}

test.each(['SIGTERM', 'SIGKILL'] as const)(
  'a watcher goes on when the server starts again after %s',
  async (signal) => {
    const own = await natsServerForTest();
    const namespace = newNamespace();
    const [here, there] = [
      await linkToNamespace(own.url, namespace),
      await linkToNamespace(own.url, namespace),
    ];
    const board = new NatsLeaseBoard(here);
    await board.put('partition.0', entryOf('p1', 1));
    const { beats, until } = await watching(new NatsLeaseBoard(there));
    for (const beat of [2, 3]) {
      const back = reconnected(here);
      await own.kill(signal);
      await own.restart();
      await back;
      await board.put('partition.0', entryOf('p1', beat));
      await until((heard) => heard.get('partition.0')?.beat === beat);
    }
    // What was told before is not told again.
    expect(beats('partition.0')).toEqual([1, 2, 3]);
  },
);

test('what is gone when the server is back is told', async () => {
  const own = await natsServerForTest();
  const link = await linkToNamespace(own.url);
  const board = new NatsLeaseBoard(link);
  await board.put('member.p1', entryOf('p1', 1));
  await board.put('partition.0', entryOf('p1', 1));
  const { heard, until } = await watching(board);
  expect(heard.size).toBe(2);
  const back = reconnected(link);
  await own.kill('SIGKILL');
  rmSync(own.storeDir, { recursive: true });
  await own.restart();
  await back;
  await provision(link, { partitions: 1 });
  await until((now) => now.get('member.p1') === undefined && now.get('partition.0') === undefined);
  await board.put('partition.0', entryOf('p2', 1));
  await until((now) => now.get('partition.0')?.holder.process === 'p2');
});

test('what nobody can read is as good as nothing', async () => {
  const link = await linkToNamespace(server().url);
  const board = new NatsLeaseBoard(link);
  const bucket = `$KV.${link.subjects.bucket('LEASES')}`;
  const forge = (key: string, text: string): Promise<unknown> => link.js.publish(`${bucket}.${key}`, text);
  await forge('partition.0', 'rubbish');
  await forge('partition.1', JSON.stringify({ ...entryOf('p1', 1), beat: 'soon' }));
  await forge('partition.99999', JSON.stringify(entryOf('p1', 1)));
  await forge('something.else', JSON.stringify(entryOf('p1', 1)));
  await board.put('partition.2', entryOf('p1', 1));
  expect(await board.get('partition.0')).toBeUndefined();
  const { heard, until } = await watching(board);
  const present = [...heard].filter(([, entry]) => entry !== undefined).map(([key]): LeaseKey => key);
  expect(present).toEqual(['partition.2']);
  await forge('partition.2', 'rubbish');
  await until((now) => now.get('partition.2') === undefined);
});

test('a listener that fails hears the rest all the same', async () => {
  const board = new NatsLeaseBoard(await linkToNamespace(server().url));
  const heardLast = Promise.withResolvers<void>();
  const subscription = await board.watch((key) => {
    if (key === 'partition.1') heardLast.resolve();
    throw new Error('no');
  });
  await board.put('partition.0', entryOf('p1', 1));
  await board.put('partition.1', entryOf('p1', 2));
  await heardLast.promise;
  await subscription.stop();
});

test('the server forgets members that say nothing, and no partition', async () => {
  const { jsm, subjects } = await linkToNamespace(server().url);
  const ageOf = async (bucket: 'MEMBERS' | 'LEASES'): Promise<number> =>
    (await jsm.streams.info(`KV_${subjects.bucket(bucket)}`)).config.max_age;
  expect(await ageOf('MEMBERS')).toBe(10 * 1_000_000_000);
  expect(await ageOf('LEASES')).toBe(0);
});

test('a board that cannot be read cannot be watched', async () => {
  const own = await natsServerForTest();
  const link = await linkToNamespace(own.url);
  await link.jsm.streams.delete(`KV_${link.subjects.bucket('LEASES')}`);
  await expect(new NatsLeaseBoard(link).watch(() => undefined)).rejects.toMatchObject({
    code: 'NATS_UNREACHABLE',
  });
});
