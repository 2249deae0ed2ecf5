import { expect, test } from 'vitest';
import { readTokenKey } from '../../../src/adapters/nats/token-key.ts';
import { natsServerForFile } from '../../fixtures/nats/server.ts';
import { linkToNamespace, newNamespace } from './namespaces.ts';

const server = natsServerForFile();

test('all who ask at once get the same key, and so does everybody later', async () => {
  const namespace = newNamespace();
  const links = await Promise.all([1, 2, 3, 4, 5].map(() => linkToNamespace(server().url, namespace)));
  const keys = await Promise.all(links.map(readTokenKey));
  expect(new Set(keys).size).toBe(1);
  expect(keys[0]).toMatch(/^.{20,}$/);
  expect(await readTokenKey(await linkToNamespace(server().url, namespace))).toBe(keys[0]);
});

test('what is written later does not count', async () => {
  const link = await linkToNamespace(server().url);
  const key = await readTokenKey(link);
  await link.js.publish(`$KV.${link.subjects.bucket('SECRETS')}.token-key`, 'another');
  expect(await readTokenKey(link)).toBe(key);
});
