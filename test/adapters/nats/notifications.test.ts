import { expect, test } from 'vitest';
import { notify } from '../../../src/adapters/nats/notifications.ts';
import { natsServerForFile } from '../../fixtures/nats/server.ts';
import { linkForTest } from './links.ts';

const server = natsServerForFile();

test('notifications are heard by execution and name; what is too large is not told', async () => {
  const link = await linkForTest(server().url);
  const listening = link.nc.subscribe('troupe.default.event.e1.*', { max: 2 });
  notify(link, 'e2', 'phase:start', {});
  notify(link, 'e1', 'phase:start', { phase: 'one' });
  notify(link, 'e1', 'phase:complete', { output: 'x'.repeat(2 * 1024 * 1024) });
  notify(link, 'e1', 'execution:complete', { status: 'completed' });
  const heard: unknown[] = [];
  for await (const message of listening) heard.push([message.subject, message.json()]);
  expect(heard).toEqual([
    ['troupe.default.event.e1.phase-start', { phase: 'one' }],
    ['troupe.default.event.e1.execution-complete', { status: 'completed' }],
  ]);
});

test('on a closed connection nothing throws', async () => {
  const link = await linkForTest(server().url);
  await link.close();
  notify(link, 'e1', 'phase:start', {});
});
