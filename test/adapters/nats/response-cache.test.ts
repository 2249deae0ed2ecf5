import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { NatsResponses } from '../../../src/adapters/nats/response-cache.ts';
import { natsServerForFile } from '../../fixtures/nats/server.ts';
import { linkToNamespace } from './namespaces.ts';

const server = natsServerForFile();

test('an answer that is larger than a message is not kept, and that is no error', async () => {
  const responses = new NatsResponses(await linkToNamespace(server().url));
  await responses.put('question', 'x'.repeat(2_000_000), 60_000);
  expect(await responses.get('question')).toBeUndefined();
});

test.each([
  'rubbish',
  '{}',
  JSON.stringify({ key: 'question', expiresAt: 9e15 }),
  JSON.stringify({ key: 'question', value: 1, expiresAt: 'never' }),
  JSON.stringify({ key: 'another question', value: 1, expiresAt: 9e15 }),
])('%s is no answer', async (text) => {
  const link = await linkToNamespace(server().url);
  const name = createHash('sha256').update('question').digest('hex');
  await link.js.publish(`$KV.${link.subjects.bucket('CACHE')}.${name}`, text);
  expect(await new NatsResponses(link).get('question')).toBeUndefined();
});

test('the server forgets what nobody asks for any more', async () => {
  const { jsm, subjects } = await linkToNamespace(server().url);
  const { config } = await jsm.streams.info(`KV_${subjects.bucket('CACHE')}`);
  expect(config.max_age).toBe(30 * 86_400 * 1_000_000_000);
});
