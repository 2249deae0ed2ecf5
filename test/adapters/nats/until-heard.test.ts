import { expect, test } from 'vitest';
import { objectStream } from '../../../src/adapters/nats/layout.ts';
import { untilHeard } from '../../../src/adapters/nats/until-heard.ts';
import { systemClock } from '../../../src/adapters/system/clock.ts';
import type { Clock } from '../../../src/ports/clock.ts';
import { natsServerForFile } from '../../fixtures/nats/server.ts';
import { linkForTest } from './links.ts';

const server = natsServerForFile();

test('a stream is waited for until it takes messages, and nothing is left in it', async () => {
  const waits = Promise.withResolvers<void>();
  const clock: Clock = {
    ...systemClock,
    schedule: (delayMs, callback) => {
      waits.resolve();
      return systemClock.schedule(delayMs, callback);
    },
  };
  const link = await linkForTest(server().url, { clock });
  const stream = objectStream('late');
  const heard = untilHeard(link, stream);
  await waits.promise;
  await link.jsm.streams.add(stream);
  await heard;
  expect((await link.jsm.streams.info(stream.name)).state).toMatchObject({ messages: 0, last_seq: 0 });
});

test('what is wrong otherwise is no reason to wait', async () => {
  const link = await linkForTest(server().url);
  await link.close();
  await expect(untilHeard(link, objectStream('none'))).rejects.toThrow(/closed/);
});
