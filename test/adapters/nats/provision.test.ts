import { expect, test } from 'vitest';
import { openNamespace, provision, serverWarnings } from '../../../src/adapters/nats/provision.ts';
import { natsServerForFile, natsServerForTest } from '../../fixtures/nats/server.ts';
import { linkForTest } from './links.ts';

const server = natsServerForFile();
let count = 0;
function newNamespace(): string {
  count += 1;
  return `provision-${count}`;
}

async function streamNames(link: Awaited<ReturnType<typeof linkForTest>>): Promise<string[]> {
  const names: string[] = [];
  for await (const { config } of link.jsm.streams.list()) {
    if (config.name.includes(`TROUPE_${link.subjects.namespace}_`)) names.push(config.name);
  }
  return names.sort();
}

test('a namespace is made with everything that is kept in it', async () => {
  const link = await linkForTest(server().url, { namespace: newNamespace() });
  const { partitions } = await provision(link, { partitions: 2 });
  expect(partitions).toBe(2);
  const name = `TROUPE_${link.subjects.namespace}`;
  expect(await streamNames(link)).toEqual([
    `KV_${name}_AGENTS`,
    `KV_${name}_CACHE`,
    `KV_${name}_LEASES`,
    `KV_${name}_MEMBERS`,
    `KV_${name}_META`,
    `KV_${name}_SECRETS`,
    `OBJ_${name}_ARTIFACTS`,
    `OBJ_${name}_SNAPSHOTS`,
    `${name}_LOG_0`,
    `${name}_LOG_1`,
    `${name}_OFFER`,
  ]);
});

test('several processes may make it at once; they agree on its partitions', async () => {
  const namespace = newNamespace();
  const links = await Promise.all([1, 2, 3, 4].map(() => linkForTest(server().url, { namespace })));
  const made = await Promise.all(links.map((link, index) => provision(link, { partitions: 2 + index })));
  expect(new Set(made.map(({ partitions }) => partitions)).size).toBe(1);
  expect(new Set(made.map(({ id }) => id)).size).toBe(1);
  const unheard = made.filter(({ warnings }) => warnings.some((warning) => warning.includes('in vain')));
  expect(unheard).toHaveLength(3);
});

test('it exists for others once everything is there; who comes after a crash half-way finishes it', async () => {
  const link = await linkForTest(server().url, { namespace: newNamespace() });
  await provision(link, { partitions: 2 });
  const { streams } = link.jsm;
  const meta = `KV_${link.subjects.bucket('META')}`;
  await streams.purge(meta, { filter: `$KV.${link.subjects.bucket('META')}.namespace` });
  await streams.delete(`KV_${link.subjects.bucket('AGENTS')}`);
  for (const mayLook of [true, false])
    await expect(openNamespace(link, { mayLook })).rejects.toMatchObject({ code: 'NAMESPACE_MISSING' });
  const { partitions, id } = await provision(link, { partitions: 5 });
  expect(partitions).toBe(2);
  expect(await streamNames(link)).toContain(`KV_${link.subjects.bucket('AGENTS')}`);
  expect(await openNamespace(link, { mayLook: true })).toMatchObject({ id, partitions });
});

test('making it again changes nothing and warns of nothing new', async () => {
  const link = await linkForTest(server().url, { namespace: newNamespace() });
  const { id } = await provision(link);
  await link.js.publish(link.subjects.log(0, 'one', 'engine'), 'kept');
  const again = await provision(link);
  expect(again).toEqual({ id, partitions: 8, warnings: serverWarnings(link) });
  expect((await link.jsm.streams.info(link.subjects.logStream(0))).state.messages).toBe(1);
  expect(await openNamespace(link)).toEqual({ id, partitions: 8, warnings: [] });
});

test('nothing can be deleted from a log', async () => {
  const link = await linkForTest(server().url, { namespace: newNamespace() });
  await provision(link, { partitions: 1 });
  const stream = link.subjects.logStream(0);
  const { seq } = await link.js.publish(link.subjects.log(0, 'one', 'engine'), 'kept');
  await expect(link.jsm.streams.deleteMessage(stream, seq)).rejects.toThrow();
  await expect(link.jsm.streams.purge(stream)).rejects.toThrow();
});

test('a log that would lose records is set right, and what cannot be set right is told', async () => {
  const link = await linkForTest(server().url, { namespace: newNamespace() });
  await link.jsm.streams.add({
    name: link.subjects.logStream(0),
    subjects: [link.subjects.logOfPartition(0)],
    max_age: 60_000_000_000,
    storage: 'memory',
    max_bytes: 1_000_000,
  });
  const { warnings } = await provision(link, { partitions: 1 });
  const told = warnings.filter((warning) => warning.includes('_LOG_0'));
  expect(told.join(' ')).toContain('storage');
  await link.jsm.streams.delete(link.subjects.logStream(0));
  await link.jsm.streams.add({
    name: link.subjects.logStream(0),
    subjects: [link.subjects.logOfPartition(0)],
    max_age: 60_000_000_000,
    max_bytes: 1_000_000,
  });
  await provision(link);
  const { config } = await link.jsm.streams.info(link.subjects.logStream(0));
  expect(config).toMatchObject({ max_age: 0, discard: 'new', deny_purge: true, max_bytes: 1_000_000 });
});

test('what nobody made cannot be opened; the error says who makes it', async () => {
  const link = await linkForTest(server().url, { namespace: newNamespace() });
  await expect(openNamespace(link)).rejects.toMatchObject({
    code: 'NAMESPACE_MISSING',
    hint: expect.stringContaining('troupe up --nats'),
  });
});

test.each([
  ['protocol 2', { id: 'one', partitions: 8, protocol: 2 }],
  ['cannot be read', { id: 'one', partitions: 0, protocol: 1 }],
])('a namespace with %s is left alone', async (reason, value) => {
  const link = await linkForTest(server().url, { namespace: newNamespace() });
  await provision(link, { partitions: 1 });
  await link.js.publish(`$KV.${link.subjects.bucket('META')}.namespace`, JSON.stringify(value));
  const message = expect.stringContaining(reason);
  await expect(openNamespace(link)).rejects.toMatchObject({ code: 'NATS_UNSUITABLE', message });
  await expect(provision(link)).rejects.toMatchObject({ code: 'NATS_UNSUITABLE', message });
});

test('who may not make it is refused', async () => {
  const strict = await natsServerForTest({
    config:
      'authorization { users: [{ user: u, password: p, permissions: { publish: "troupe.>", subscribe: "_INBOX_u.>" } }] }',
  });
  const link = await linkForTest(`nats://u:p@127.0.0.1:${strict.port}`);
  await expect(provision(link)).rejects.toMatchObject({ code: 'NATS_REFUSED' });
});

test('the warnings name what the server cannot promise', async () => {
  const link = await linkForTest(server().url);
  expect(serverWarnings(link).join(' ')).toContain('sync_interval');
  const about = (serverVersion: string, isClustered: boolean) =>
    serverWarnings({ ...link, serverVersion, isClustered } as typeof link);
  expect(about('2.9.10', false).join(' ')).toContain('power fails');
  expect(about('2.10.4', true)).toHaveLength(2);
  expect(about('2.12.0', true)).toHaveLength(1);
});
