import { expect, test } from 'vitest';
import type { NatsLink } from '../../../src/adapters/nats/connection.ts';
import { NatsWorkQueue } from '../../../src/adapters/nats/work-queue.ts';
import { natsServerForFile, natsServerForTest } from '../../fixtures/nats/server.ts';
import { linkForTest } from './links.ts';
import { eventually, Host, offerOf, PARTITIONS, queueOn, stored } from './offers.ts';

const server = natsServerForFile();
let count = 0;

/** The owner's queue in a namespace of its own, and links of others on the same one. */
async function openQueue(): Promise<{
  link: NatsLink;
  queue: NatsWorkQueue;
  another: () => Promise<NatsWorkQueue>;
}> {
  count += 1;
  const namespace = `queue-${count}`;
  const link = await linkForTest(server().url, { namespace });
  const another = async (): Promise<NatsWorkQueue> =>
    new NatsWorkQueue(await linkForTest(server().url, { namespace }), PARTITIONS);
  return { link, queue: await queueOn(link), another };
}

const isEmpty = (link: NatsLink) => async () => (await stored(link)) === 0;
const holds = (link: NatsLink, offers: number) => async () => (await stored(link)) === offers;

test('two hosts of a role share 200 offers, each of which is taken once', async () => {
  const { link, queue, another } = await openQueue();
  const taken: string[] = [];
  const done = Promise.withResolvers<void>();
  const onReceive = ({ id }: { id: string }, host: Host): void => {
    taken.push(id);
    if (taken.length === 200) done.resolve();
    setImmediate(() => host.finish());
  };
  const hosts = [
    new Host(await another(), { seats: 3, onReceive }),
    new Host(await another(), { seats: 5, onReceive }),
  ];
  const ids = Array.from({ length: 200 }, (_, index) => `e${index % 9}/s${index}/1`);
  for (const id of ids) queue.offer(offerOf(id));
  await done.promise;
  await eventually(link, isEmpty(link));
  expect(taken.toSorted()).toEqual(ids.toSorted());
  for (const host of hosts) expect(host.received.length).toBeGreaterThan(0);
});

test('what an offer says arrives', async () => {
  const { queue, another } = await openQueue();
  const host = new Host(await another());
  const offer = offerOf('e/a/3', {
    priority: 7,
    pinned: 'sha256:1',
    traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  });
  queue.offer(offer);
  await host.until(1);
  expect(host.received).toEqual([offer]);
});

test('an offer names its partition and carries its trace, for hosts that are not ours', async () => {
  const { link, queue } = await openQueue();
  const heard = link.nc.subscribe(link.subjects.offers, { max: 1 });
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
  queue.offer(offerOf('e/a/1', { traceparent }));
  for await (const message of heard) {
    expect(message.subject).toBe(`${link.subjects.root}.offer.analyst.e.a.1`);
    expect(message.json()).toMatchObject({ execution: 'e', step: 'a', attempt: 1, partition: 0 });
    expect(message.headers?.get('traceparent')).toBe(traceparent);
  }
});

test('a host has no more than it can work on; what is left goes to others', async () => {
  const { link, queue, another } = await openQueue();
  const busy = new Host(await another(), { seats: 2 });
  for (const id of ['e/a/1', 'e/b/1', 'e/c/1', 'e/d/1']) queue.offer(offerOf(id));
  await busy.until(2);
  await eventually(link, holds(link, 2));
  const other = new Host(await another(), { seats: 2 });
  await other.until(2);
  expect(busy.ids).toEqual(['e/a/1', 'e/b/1']);
  expect(other.ids).toEqual(['e/c/1', 'e/d/1']);
});

test('a seat that is left takes one more', async () => {
  const { link, queue, another } = await openQueue();
  const host = new Host(await another(), { seats: 3 });
  for (const id of ['e/a/1', 'e/b/1', 'e/c/1', 'e/d/1', 'e/e/1']) queue.offer(offerOf(id));
  await host.until(3);
  host.finish();
  await host.until(4);
  await eventually(link, holds(link, 1));
  host.finish();
  await host.until(5);
  expect(new Set(host.ids).size).toBe(5);
});

test('offers wait for a host that comes later, and for the right role', async () => {
  const { queue, another } = await openQueue();
  queue.offer(offerOf('e/a/1', { role: 'chair' }));
  queue.offer(offerOf('e/b/1'));
  const chair = new Host(await another(), { seats: 9, role: 'chair' });
  await chair.until(1);
  const analyst = new Host(await another(), { seats: 9 });
  await analyst.until(1);
  expect(chair.ids).toEqual(['e/a/1']);
  expect(analyst.ids).toEqual(['e/b/1']);
});

test('an offer made twice is there once', async () => {
  const { link, queue, another } = await openQueue();
  queue.offer(offerOf('e/a/1'));
  queue.offer(offerOf('e/a/1'));
  queue.offer(offerOf('e/b/1'));
  await eventually(link, holds(link, 2));
  const host = new Host(await another(), { seats: 5 });
  await host.until(2);
  await eventually(link, isEmpty(link));
  expect(host.ids).toEqual(['e/a/1', 'e/b/1']);
});

test('a withdrawn offer reaches nobody, also when somebody else had made it', async () => {
  const { link, queue, another } = await openQueue();
  for (const id of ['e/a/1', 'e/b/1', 'e/c/1', 'e/c/2']) queue.offer(offerOf(id));
  await eventually(link, holds(link, 4));
  queue.withdraw('e/a/1');
  (await another()).withdraw('e/c/1');
  queue.withdraw('unknown');
  queue.withdraw('e/unknown/1');
  await eventually(link, holds(link, 2));
  const host = new Host(await another(), { seats: 5 });
  await host.until(2);
  expect(host.ids).toEqual(['e/b/1', 'e/c/2']);
});

test('of many withdrawn at once, all go', async () => {
  const { link, queue } = await openQueue();
  const ids = Array.from({ length: 100 }, (_, index) => `e/s${index}/1`);
  for (const id of ids) queue.offer(offerOf(id));
  await eventually(link, holds(link, 100));
  for (const id of ids.slice(1)) queue.withdraw(id);
  await eventually(link, holds(link, 1));
  expect(await queue.missing(ids.map((id) => offerOf(id)))).toHaveLength(99);
});

test('what is not in the queue is found, however many executions and roles there are', async () => {
  const { link, queue } = await openQueue();
  const offers = Array.from({ length: 60 }, (_, index) =>
    offerOf(`e${index % 20}/s${index}/1`, { role: `role-${index % 10}` }),
  );
  const lost = offers.filter((_, index) => index % 7 === 3);
  const made = offers.filter((offer) => !lost.includes(offer));
  expect(await queue.missing(made.slice(0, 1))).toEqual(made.slice(0, 1));
  for (const offer of made) queue.offer(offer);
  await eventually(link, holds(link, made.length));
  expect(await queue.missing(offers)).toEqual(lost);
  const ofFewRoles = offers.filter(({ role }) => role === 'role-3');
  expect(await queue.missing(ofFewRoles)).toEqual(lost.filter(({ role }) => role === 'role-3'));
  const ofOneExecution = offers.filter(({ execution }) => execution === 'e3');
  expect(await queue.missing(ofOneExecution)).toEqual(lost.filter(({ execution }) => execution === 'e3'));
  expect(await queue.missing([])).toEqual([]);
});

test('a host that stopped takes nothing more, and what was on its way goes to others', async () => {
  const { link, queue, another } = await openQueue();
  const stopped = new Host(await another(), { seats: 10 });
  queue.offer(offerOf('e/a/1'));
  await stopped.until(1);
  stopped.stop();
  stopped.stop();
  stopped.finish();
  for (const id of ['e/b/1', 'e/c/1']) queue.offer(offerOf(id));
  const other = new Host(await another(), { seats: 10 });
  await eventually(link, isEmpty(link));
  expect(stopped.ids).toEqual(['e/a/1']);
  // What was given back while nobody waited may come twice.
  await other.until(2);
  expect([...new Set(other.ids)].toSorted()).toEqual(['e/b/1', 'e/c/1']);
});

test('rubbish in the stream is dropped and costs no seat', async () => {
  const { link, queue, another } = await openQueue();
  const host = new Host(await another(), { seats: 1 });
  for (const content of ['', 'rubbish', '{}', '[1]', '{"execution":"e","step":"a b","attempt":0}']) {
    link.nc.publish(link.subjects.offer('analyst', 'e', `s${content.length}`, 1), content);
  }
  queue.offer(offerOf('e/a/1'));
  await host.until(1);
  await eventually(link, isEmpty(link));
  expect(host.ids).toEqual(['e/a/1']);
});

test('a consumer that is deleted under way is made again', async () => {
  const { link, queue, another } = await openQueue();
  const host = new Host(await another(), { seats: 2 });
  queue.offer(offerOf('e/a/1'));
  await host.until(1);
  await eventually(link, isEmpty(link));
  await link.jsm.consumers.delete(link.subjects.offerStream, link.subjects.offerConsumer('analyst'));
  queue.offer(offerOf('e/b/1'));
  await host.until(2);
  expect(host.ids).toEqual(['e/a/1', 'e/b/1']);
});

test('a consumer with other settings is used as it is', async () => {
  const { link, queue, another } = await openQueue();
  await link.jsm.consumers.add(link.subjects.offerStream, {
    durable_name: link.subjects.offerConsumer('analyst'),
    filter_subject: link.subjects.offersOf('analyst'),
    ack_policy: 'explicit',
    max_waiting: 64,
  });
  const host = new Host(await another());
  queue.offer(offerOf('e/a/1'));
  await host.until(1);
  expect(host.ids).toEqual(['e/a/1']);
});

test('hosts work on after the server was restarted', async () => {
  const own = await natsServerForTest();
  const link = await linkForTest(own.url);
  const queue = await queueOn(link);
  const host = new Host(queue, { seats: 2 });
  queue.offer(offerOf('e/a/1'));
  await host.until(1);
  await own.kill();
  // Lost, and no reason to fail; the reconciler makes it again.
  queue.offer(offerOf('e/b/1'));
  queue.withdraw('e/b/1');
  const again = new Promise<void>((resolve) => void link.onReconnect(resolve));
  await own.restart();
  await again;
  queue.offer(offerOf('e/c/1'));
  await host.until(2);
  expect(host.ids).toEqual(['e/a/1', 'e/c/1']);
});

test('hosts may be there before the namespace is', async () => {
  const own = await natsServerForTest();
  const host = new Host(new NatsWorkQueue(await linkForTest(own.url), PARTITIONS));
  const queue = await queueOn(await linkForTest(own.url));
  queue.offer(offerOf('e/a/1'));
  await host.until(1);
  expect(host.ids).toEqual(['e/a/1']);
});

test('on a closed connection nothing throws', async () => {
  const { link, queue } = await openQueue();
  const host = new Host(queue);
  await link.close();
  queue.offer(offerOf('e/a/1'));
  queue.withdraw('e/a/1');
  host.finish();
  host.stop();
  new Host(queue).stop();
  await expect(queue.missing([offerOf('e/a/1')])).rejects.toThrow();
});
