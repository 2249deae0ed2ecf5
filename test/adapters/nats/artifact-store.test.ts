import { createHash, randomBytes } from 'node:crypto';
import { Objm } from '@nats-io/obj';
import { expect, test } from 'vitest';
import { NatsArtifacts } from '../../../src/adapters/nats/artifact-store.ts';
import type { NatsLink } from '../../../src/adapters/nats/connection.ts';
import { natsServerForFile, natsServerForTest } from '../../fixtures/nats/server.ts';
import { linkToNamespace, newNamespace } from './namespaces.ts';

const server = natsServerForFile();

const hexOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

async function lastSequence({ jsm, subjects }: NatsLink): Promise<number> {
  const { state } = await jsm.streams.info(`OBJ_${subjects.bucket('ARTIFACTS')}`);
  return state.last_seq;
}

/** The entry of an object, and where it is written. */
async function entryOf(link: NatsLink, hex: string): Promise<{ subject: string; info: { nuid: string } }> {
  const bucket = link.subjects.bucket('ARTIFACTS');
  const message = await link.jsm.streams.getMessage(`OBJ_${bucket}`, {
    // 64 characters of hex in base64 end with two "=".
    last_by_subj: `$O.${bucket}.M.${Buffer.from(hex).toString('base64url')}==`,
  });
  if (message === null) throw new Error('there is no entry');
  return { subject: message.subject, info: message.json() };
}

async function loseChunks(link: NatsLink, nuid: string): Promise<void> {
  const bucket = link.subjects.bucket('ARTIFACTS');
  await link.jsm.streams.purge(`OBJ_${bucket}`, { filter: `$O.${bucket}.C.${nuid}` });
}

test('64 MiB come back as they were, in another process', async () => {
  const namespace = newNamespace();
  const [here, there] = [
    new NatsArtifacts(await linkToNamespace(server().url, namespace)),
    new NatsArtifacts(await linkToNamespace(server().url, namespace)),
  ];
  const bytes = randomBytes(64 * 1024 * 1024);
  const { $artifact } = await here.put(bytes);
  expect(Buffer.compare(await there.get($artifact), bytes)).toBe(0);
});

test('content is cut into what the server takes in one message', async () => {
  const { url } = await natsServerForTest({ config: 'max_payload: 20KB' });
  const artifacts = new NatsArtifacts(await linkToNamespace(url));
  for (const size of [0, 1, 20 * 1024, 20 * 1024 + 1, 100_000]) {
    const bytes = randomBytes(size);
    const { $artifact } = await artifacts.put(bytes);
    expect(Buffer.compare(await artifacts.get($artifact), bytes)).toBe(0);
  }
});

test('content that is there whole is not written again', async () => {
  const link = await linkToNamespace(server().url);
  const artifacts = new NatsArtifacts(link);
  const bytes = randomBytes(700_000);
  const first = await artifacts.put(bytes, { name: 'report' });
  const before = await lastSequence(link);
  expect(await artifacts.put(bytes, { name: 'report' })).toEqual(first);
  expect(await new NatsArtifacts(link).put(bytes, { name: 'another name' })).toMatchObject({
    name: 'another name',
  });
  expect(await lastSequence(link)).toBe(before);
});

test('several processes that put the same at once leave it whole', async () => {
  const namespace = newNamespace();
  const links = await Promise.all([1, 2, 3, 4].map(() => linkToNamespace(server().url, namespace)));
  const bytes = randomBytes(1_500_000);
  const references = await Promise.all(links.map((link) => new NatsArtifacts(link).put(bytes)));
  expect(new Set(references.map(({ $artifact }) => $artifact)).size).toBe(1);
  for (const link of links) {
    expect(Buffer.compare(await new NatsArtifacts(link).get(`sha256:${hexOf(bytes)}`), bytes)).toBe(0);
  }
});

test.each([100, 1_200_000])(
  '%i bytes whose pieces were lost are damaged, until they are put again',
  async (size) => {
    const link = await linkToNamespace(server().url);
    const artifacts = new NatsArtifacts(link);
    const bytes = randomBytes(size);
    const { $artifact } = await artifacts.put(bytes);
    await loseChunks(link, (await entryOf(link, hexOf(bytes))).info.nuid);
    await expect(artifacts.get($artifact)).rejects.toMatchObject({ code: 'ARTIFACT_CORRUPT' });
    await artifacts.put(bytes);
    expect(Buffer.compare(await artifacts.get($artifact), bytes)).toBe(0);
  },
);

test.each([100, 1_200_000])('a piece that somebody adds to %i bytes changes nothing', async (size) => {
  const link = await linkToNamespace(server().url);
  const bytes = randomBytes(size);
  const { $artifact } = await new NatsArtifacts(link).put(bytes);
  const { nuid } = (await entryOf(link, hexOf(bytes))).info;
  await link.js.publish(`$O.${link.subjects.bucket('ARTIFACTS')}.C.${nuid}`, 'more');
  expect(Buffer.compare(await new NatsArtifacts(link).get($artifact), bytes)).toBe(0);
});

test('what has not got its entry yet is missing', async () => {
  const link = await linkToNamespace(server().url);
  const bucket = link.subjects.bucket('ARTIFACTS');
  await link.js.publish(`$O.${bucket}.C.interrupted`, 'a first piece');
  const artifacts = new NatsArtifacts(link);
  expect(await artifacts.has(`sha256:${hexOf(Buffer.from('a first piece'))}`)).toBe(false);
});

test.each([
  ['no JSON', () => 'rubbish'],
  ['content of another artifact', (_info: object, other: object) => JSON.stringify(other)],
  ['pieces with a wildcard', (info: object) => JSON.stringify({ ...info, nuid: '>' })],
  [
    'pieces outside of the bucket',
    (info: object) => JSON.stringify({ ...info, nuid: 'a\r\nPUB troupe 0\r\n\r\n' }),
  ],
  ['more pieces than there are', (info: object) => JSON.stringify({ ...info, chunks: 1e9, size: 1e12 })],
  ['nothing any more', (info: object) => JSON.stringify({ ...info, deleted: true })],
])(
  'an entry over it that names %s hides nothing; storing again mends it without harm to others',
  async (_, forge) => {
    const link = await linkToNamespace(server().url);
    const artifacts = new NatsArtifacts(link);
    const [mine, others] = [Buffer.from('mine'), Buffer.from('of others')];
    const [{ $artifact }, other] = [await artifacts.put(mine), await artifacts.put(others)];
    const { subject, info } = await entryOf(link, hexOf(mine));
    const forged = forge(info, (await entryOf(link, hexOf(others))).info);
    await link.js.publish(subject, forged);
    expect(Buffer.from(await artifacts.get($artifact)).toString()).toBe('mine');
    await artifacts.put(mine);
    expect((await entryOf(link, hexOf(mine))).info).toMatchObject({ deleted: false, size: mine.length });
    expect(Buffer.from(await new NatsArtifacts(link).get($artifact)).toString()).toBe('mine');
    expect(Buffer.from(await new NatsArtifacts(link).get(other.$artifact)).toString()).toBe('of others');
  },
);

test('the object store of the client library reads what was put', async () => {
  const link = await linkToNamespace(server().url);
  const artifacts = new NatsArtifacts(link);
  const library = await new Objm(link.js).open(link.subjects.bucket('ARTIFACTS'));
  for (const bytes of [Buffer.from('small'), randomBytes(1_100_000)]) {
    const { $artifact } = await artifacts.put(bytes, { mediaType: 'text/plain' });
    const hex = $artifact.slice('sha256:'.length);
    expect(Buffer.compare((await library.getBlob(hex)) ?? Buffer.alloc(0), bytes)).toBe(0);
    expect(await library.info(hex)).toMatchObject({
      size: bytes.length,
      metadata: { mediaType: 'text/plain' },
    });
  }
});

test('nobody can put another in its place, or delete it, as the client library would', async () => {
  const link = await linkToNamespace(server().url);
  const artifacts = new NatsArtifacts(link);
  const { $artifact } = await artifacts.put(Buffer.from('kept'));
  const hex = $artifact.slice('sha256:'.length);
  const library = await new Objm(link.js).open(link.subjects.bucket('ARTIFACTS'));
  await expect(library.putBlob({ name: hex }, Buffer.from('other'))).rejects.toThrow('rollup not permitted');
  await expect(library.delete(hex)).rejects.toThrow('rollup not permitted');
  expect(Buffer.from(await new NatsArtifacts(link).get($artifact)).toString()).toBe('kept');
});

test('a server that starts again is waited for', async () => {
  const own = await natsServerForTest();
  const link = await linkToNamespace(own.url);
  const { $artifact } = await new NatsArtifacts(link).put(Buffer.from('kept'));
  await own.kill('SIGKILL');
  const [read, written] = [
    new NatsArtifacts(link).get($artifact),
    new NatsArtifacts(link).put(Buffer.from('written meanwhile')),
  ];
  await own.restart();
  expect(Buffer.from(await read).toString()).toBe('kept');
  expect(await new NatsArtifacts(link).has((await written).$artifact)).toBe(true);
});

test('what was read lately is not fetched again, and cannot be changed by its reader', async () => {
  const link = await linkToNamespace(server().url);
  const artifacts = new NatsArtifacts(link);
  const { $artifact } = await artifacts.put(Buffer.from('shared'));
  const first = await artifacts.get($artifact);
  await loseChunks(link, (await entryOf(link, hexOf(Buffer.from('shared')))).info.nuid);
  first.fill(0);
  const second = await artifacts.get($artifact);
  expect(Buffer.from(second).toString()).toBe('shared');
  second.fill(0);
  expect(Buffer.from(await artifacts.get($artifact)).toString()).toBe('shared');
  // It is still known to be gone by those who ask whether it is kept.
  await artifacts.put(Buffer.from('shared'));
  expect(Buffer.from(await new NatsArtifacts(link).get($artifact)).toString()).toBe('shared');
});
