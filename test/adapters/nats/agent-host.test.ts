import { expect, test } from 'vitest';
import { provision } from '../../../src/adapters/nats/provision.ts';
import { NatsWorkQueue } from '../../../src/adapters/nats/work-queue.ts';
import { systemClock } from '../../../src/adapters/system/clock.ts';
import { systemRandom } from '../../../src/adapters/system/random.ts';
import { defineAgent } from '../../../src/agent/define.ts';
import { AgentHost } from '../../../src/agent/host.ts';
import { natsServerForFile } from '../../fixtures/nats/server.ts';
import { controlOf, deskOf, E0, E1, noArtifacts, PARTITIONS, serve } from './claims.ts';
import { linkForTest } from './links.ts';
import { eventually, offerOf, stored } from './offers.ts';

const server = natsServerForFile();

test('an agent host takes, claims, performs and reports what is offered, and ends with nothing left', async () => {
  const owner = await linkForTest(server().url);
  const link = await linkForTest(server().url);
  await provision(owner, { partitions: PARTITIONS });
  const control = controlOf(owner);
  const reported = new Map<string, unknown>();
  const done = Promise.withResolvers<void>();
  owner.nc.subscribe(`${owner.subjects.root}.log.>`, {
    callback: (_, message) => {
      const { id, data } = message.json<{
        id: string;
        data: { host: string; step: string; output: unknown };
      }>();
      reported.set(`${message.subject.split('.')[4]}/${data.step}`, data.output);
      control.confirm(data.host, id);
      if (reported.size === 60) done.resolve();
    },
  });
  const desks = [await serve(owner, 0), await serve(owner, 1)].map(({ desk }) => desk);
  await using host = new AgentHost({
    host: 'host-1',
    agents: [defineAgent({ name: 'analyst', concurrency: 4, run: ({ step }) => ({ step }) })],
    queue: new NatsWorkQueue(link, PARTITIONS),
    desk: deskOf(link),
    artifacts: noArtifacts(),
    clock: systemClock,
    random: systemRandom,
  });
  host.start();
  const queue = new NatsWorkQueue(owner, PARTITIONS);
  const offers = Array.from({ length: 60 }, (_, index) => offerOf(`${index % 2 ? E0 : E1}/s${index}/1`));
  for (const offer of offers) queue.offer(offer);
  await done.promise;
  await host.stop({ drain: true });
  await eventually(owner, async () => (await stored(owner)) === 0);
  expect(desks.map(({ claims }) => claims.length)).toEqual([30, 30]);
  for (const { execution, step } of offers) expect(reported.get(`${execution}/${step}`)).toEqual({ step });
});
