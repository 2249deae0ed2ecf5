import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { NatsLink } from '../../../src/adapters/nats/connection.ts';
import { NatsPartitionSnapshots } from '../../../src/adapters/nats/partition-snapshots.ts';
import { NatsSnapshots } from '../../../src/adapters/nats/snapshot-store.ts';
import { snapshotOf } from '../../contract/partition-snapshots.suite.ts';
import { natsServerForFile, natsServerForTest } from '../../fixtures/nats/server.ts';
import { linkToNamespace, newNamespace } from './namespaces.ts';

const server = natsServerForFile();

/** A text of several pieces. */
const large = (): string => randomBytes(800_000).toString('hex');

async function subjectsOf({ jsm, subjects }: NatsLink): Promise<{ readonly [subject: string]: number }> {
  const bucket = subjects.bucket('SNAPSHOTS');
  const info = await jsm.streams.info(`OBJ_${bucket}`, { subjects_filter: `$O.${bucket}.>` });
  return info.state.subjects ?? {};
}

/** Subject of the one entry, and of its pieces. */
async function placesOf(link: NatsLink): Promise<{ readonly entry: string; readonly pieces: string }> {
  const all = Object.keys(await subjectsOf(link));
  const [entry, pieces] = [all.find((one) => one.includes('.M.')), all.find((one) => one.includes('.C.'))];
  if (entry === undefined || pieces === undefined || all.length !== 2) throw new Error(`there are ${all}`);
  return { entry, pieces };
}

type Damage = (link: NatsLink, stream: string) => Promise<unknown>;

const damages: readonly [string, Damage][] = [
  [
    'its pieces are gone',
    async (link, filter) => link.jsm.streams.purge(filter, { filter: (await placesOf(link)).pieces }),
  ],
  [
    'its last piece is gone',
    async (link, stream) => {
      const last = await link.jsm.streams.getMessage(stream, { last_by_subj: (await placesOf(link)).pieces });
      return link.jsm.streams.deleteMessage(stream, last?.seq ?? 0);
    },
  ],
  [
    'a piece has other content',
    async (link, stream) => {
      const { pieces } = await placesOf(link);
      const last = await link.jsm.streams.getMessage(stream, { last_by_subj: pieces });
      await link.jsm.streams.deleteMessage(stream, last?.seq ?? 0);
      return link.js.publish(
        pieces,
        (last?.data ?? new Uint8Array()).map((byte) => byte ^ 1),
      );
    },
  ],
  ['its entry is rubbish', async (link) => link.js.publish((await placesOf(link)).entry, 'rubbish')],
  [
    'its entry does not say which records it holds',
    async (link, stream) => {
      const { entry } = await placesOf(link);
      const message = await link.jsm.streams.getMessage(stream, { last_by_subj: entry });
      return link.js.publish(
        entry,
        JSON.stringify({ ...message?.json<object>(), metadata: { position: 'x' } }),
      );
    },
  ],
];

test.each(damages)('a snapshot is as good as none when %s; the next one is whole', async (_, damage) => {
  const link = await linkToNamespace(server().url);
  const stream = `OBJ_${link.subjects.bucket('SNAPSHOTS')}`;

  const partitions = new NatsPartitionSnapshots(link);
  await partitions.put(snapshotOf(0, 7, large()));
  await damage(link, stream);
  expect(await partitions.latest(0)).toBeUndefined();
  const next = snapshotOf(0, 8, 'next');
  await partitions.put(next);
  expect(await partitions.latest(0)).toEqual(next);
  await link.jsm.streams.purge(stream);

  const executions = new NatsSnapshots(link);
  await executions.put({ execution: 'one', position: 7, body: large() });
  await damage(link, stream);
  expect(await executions.latest('one')).toBeUndefined();
  await executions.put({ execution: 'one', position: 8, body: 'next' });
  expect((await executions.latest('one'))?.body).toBe('next');
});

test('what is replaced or removed leaves nothing behind', async () => {
  const link = await linkToNamespace(server().url);
  const [partitions, executions] = [new NatsPartitionSnapshots(link), new NatsSnapshots(link)];
  for (const position of [1, 2, 3]) {
    await partitions.put(snapshotOf(0, position, large()));
    await executions.put({ execution: 'one', position, body: large() });
  }
  await executions.put({ execution: 'one', position: 2, body: 'too late' });
  expect(Object.values(await subjectsOf(link)).sort()).toEqual([1, 1, 4, 4]);
  await executions.remove('one');
  expect(Object.values(await subjectsOf(link)).sort()).toEqual([1, 4]);
});

test('a writer that dies half-way leaves the one before', async () => {
  const link = await linkToNamespace(server().url);
  const partitions = new NatsPartitionSnapshots(link);
  const kept = snapshotOf(0, 5, large());
  await partitions.put(kept);
  await link.js.publish(`$O.${link.subjects.bucket('SNAPSHOTS')}.C.half`, 'a first piece');
  expect(await partitions.latest(0)).toEqual(kept);
});

test('of many at once the latest position is kept, whatever their order', async () => {
  const namespace = newNamespace();
  const links = [
    await linkToNamespace(server().url, namespace),
    await linkToNamespace(server().url, namespace),
  ];
  let count = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.integer({ min: 1, max: 99 }), { minLength: 2, maxLength: 8 }),
      async (positions) => {
        count += 1;
        const execution = `e${count}`;
        const stores = links.map((link) => new NatsSnapshots(link));
        await Promise.all(
          positions.map((position, index) =>
            stores[index % 2]?.put({ execution, position, body: `at ${position}` }),
          ),
        );
        const position = Math.max(...positions);
        expect(await stores[0]?.latest(execution)).toEqual({ execution, position, body: `at ${position}` });
      },
    ),
    { numRuns: 15 },
  );
});

test('who reads while it is replaced gets one of the two', async () => {
  const namespace = newNamespace();
  const [here, there] = [
    new NatsPartitionSnapshots(await linkToNamespace(server().url, namespace)),
    new NatsPartitionSnapshots(await linkToNamespace(server().url, namespace)),
  ];
  const bodies = [large(), large()] as const;
  await here.put(snapshotOf(0, 1, bodies[0]));
  let isDone = false;
  const writing = (async () => {
    for (let position = 2; position < 12; position += 1) {
      await here.put(snapshotOf(0, position, bodies[position % 2 === 0 ? 1 : 0]));
    }
    isDone = true;
  })();
  while (!isDone) {
    const read = await there.latest(0);
    expect(bodies.indexOf(read?.body ?? '')).not.toBe(-1);
  }
  await writing;
});

test('they outlive the server', async () => {
  const own = await natsServerForTest();
  const link = await linkToNamespace(own.url);
  const partitions = new NatsPartitionSnapshots(link);
  const kept = snapshotOf(0, 5, large());
  await partitions.put(kept);
  await own.kill('SIGKILL');
  const read = partitions.latest(0);
  await own.restart();
  expect(await read).toEqual(kept);
});
