import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { natsServerForTest } from '../../fixtures/nats/server.ts';
import { linkForTest } from './links.ts';
import { eventually, Host, offerOf, queueOn } from './offers.ts';

test('a server that lost its last offers, and not what it knows of their hosts, hands over new ones', async () => {
  const server = await natsServerForTest();
  const stream = join(server.storeDir, 'jetstream', '$G', 'streams', 'TROUPE_default_OFFER', 'msgs');
  const copy = mkdtempSync(join(tmpdir(), 'troupe-offers-'));
  onTestFinished(() => rmSync(copy, { recursive: true }));
  const link = await linkForTest(server.url);
  const queue = await queueOn(link);
  const restart = async (meanwhile: () => void): Promise<void> => {
    const back = new Promise<void>((resolve) => link.onReconnect(resolve));
    await server.kill();
    meanwhile();
    await server.restart();
    await back;
  };
  await restart(() => cpSync(stream, copy, { recursive: true }));

  const host = new Host(queue, { seats: 100 });
  for (let step = 0; step < 20; step += 1) queue.offer(offerOf(`e/before${step}/1`));
  await eventually(link, async () => host.received.length === 20);
  await restart(() => {
    rmSync(stream, { recursive: true });
    cpSync(copy, stream, { recursive: true });
  });

  const offer = offerOf('e/after/1');
  queue.offer(offer);
  await eventually(link, async () => {
    // Whoever offers looks again and again for what is missing, and offers nothing that is there.
    for (const lost of await queue.missing([offer])) queue.offer(lost);
    return host.ids.includes(offer.id);
  });
  expect(host.ids).toContain(offer.id);
});
