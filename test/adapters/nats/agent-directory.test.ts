import { expect, test } from 'vitest';
import { NatsAgentDirectory } from '../../../src/adapters/nats/agent-directory.ts';
import type { HostPresence } from '../../../src/ports/agent-directory.ts';
import { natsServerForFile } from '../../fixtures/nats/server.ts';
import { linkToNamespace } from './namespaces.ts';

const server = natsServerForFile();

const presence: HostPresence = {
  host: 'host-1',
  process: 'p1',
  pid: 1,
  hostname: 'somewhere',
  roles: [{ role: 'writer', concurrency: 2, busy: 1 }],
  attempts: [
    {
      execution: 'one',
      step: 'a',
      attempt: 1,
      role: 'writer',
      startedAt: 1,
      processSeenAt: 2,
      progressAt: 3,
    },
  ],
  startedAt: 1,
  seenAt: 2,
};

test('whatever else agents write into it is not listed', async () => {
  const link = await linkToNamespace(server().url);
  const directory = new NatsAgentDirectory(link);
  await directory.publish(presence);
  const bucket = `$KV.${link.subjects.bucket('AGENTS')}`;
  for (const [key, text] of [
    ['rubbish', 'rubbish'],
    ['empty', ''],
    ['list', '[]'],
    ['number-of-roles', JSON.stringify({ ...presence, host: 'number-of-roles', roles: 3 })],
    ['somebody-else', JSON.stringify(presence)],
    ['a*b', JSON.stringify({ ...presence, host: 'a*b' })],
    ['größe', JSON.stringify({ ...presence, host: 'größe' })],
    ['deep.er.key', JSON.stringify({ ...presence, host: 'deep.er.key' })],
  ] as const) {
    await link.js.publish(`${bucket}.${key}`, text);
  }
  expect(await directory.list()).toEqual([presence]);
});

test('what a newer host says beside what is known is no reason not to list it', async () => {
  const link = await linkToNamespace(server().url);
  await link.js.publish(
    `$KV.${link.subjects.bucket('AGENTS')}.host-1`,
    JSON.stringify({ ...presence, mood: 'good' }),
  );
  expect(await new NatsAgentDirectory(link).list()).toEqual([presence]);
});

test('the server forgets hosts that say nothing', async () => {
  const link = await linkToNamespace(server().url);
  const { config } = await link.jsm.streams.info(`KV_${link.subjects.bucket('AGENTS')}`);
  expect(config.max_age).toBe(20 * 1_000_000_000);
});
