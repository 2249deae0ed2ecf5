import { headers, type Msg, type MsgHdrs } from '@nats-io/transport-node';
import { expect, onTestFinished, test } from 'vitest';
import { VirtualClock } from '../../../src/adapters/memory/virtual-clock.ts';
import type { NatsLink } from '../../../src/adapters/nats/connection.ts';
import { NatsWorkQueue } from '../../../src/adapters/nats/work-queue.ts';
import { natsServerForFile } from '../../fixtures/nats/server.ts';
import { linkForTest } from './links.ts';
import { eventually, Host, offerOf, PARTITIONS, queueOn, stored } from './offers.ts';

const server = natsServerForFile();
let count = 0;

interface Asked {
  readonly batch: number;
  readonly inbox: string;
  readonly message: Msg;
}

/** A host's queue in virtual time, and what it asks the server for. */
async function openPull(): Promise<{
  link: NatsLink;
  owner: NatsWorkQueue;
  queue: NatsWorkQueue;
  clock: VirtualClock;
  asked: Asked[];
  untilAsked: (count: number) => Promise<Asked>;
  answer: (asked: Asked, status: MsgHdrs) => void;
}> {
  count += 1;
  const namespace = `pull-${count}`;
  const clock = new VirtualClock();
  const link = await linkForTest(server().url, { namespace });
  const owner = await queueOn(link);
  const queue = new NatsWorkQueue(await linkForTest(server().url, { namespace, clock }), PARTITIONS);
  const asked: Asked[] = [];
  link.nc.subscribe(`$JS.API.CONSUMER.MSG.NEXT.${link.subjects.offerStream}.>`, {
    callback: (_, message) => {
      const inbox = message.reply?.slice(0, message.reply.lastIndexOf('.')) ?? '';
      asked.push({ batch: message.json<{ batch: number }>().batch, inbox, message });
    },
  });
  await link.nc.flush();
  const untilAsked = async (times: number): Promise<Asked> => {
    await eventually(link, async () => asked.length >= times);
    const last = asked[times - 1];
    if (last === undefined) throw new Error('it was not asked');
    return last;
  };
  const answer = ({ message }: Asked, status: MsgHdrs): void =>
    link.nc.publish(message.reply ?? '', '', { headers: status });
  return { link, owner, queue, clock, asked, untilAsked, answer };
}

const ended = (unserved: number): MsgHdrs => {
  const status = headers(408, 'Request Timeout');
  status.set('Nats-Pending-Messages', String(unserved));
  return status;
};

const batches = (asked: readonly Asked[]): number[] => asked.map(({ batch }) => batch);

test('it is asked for as many offers as there are seats, and for those that become free', async () => {
  const { owner, queue, asked, untilAsked } = await openPull();
  const host = new Host(queue, { seats: 3 });
  await untilAsked(1);
  for (const id of ['e/a/1', 'e/b/1', 'e/c/1']) owner.offer(offerOf(id));
  await host.until(3);
  host.finish();
  await untilAsked(2);
  host.finish();
  host.finish();
  await untilAsked(3);
  expect(batches(asked)).toEqual([3, 1, 2]);
});

test('a host that says again and again that it has room asks once', async () => {
  const { queue, asked, untilAsked } = await openPull();
  const host = new Host(queue, { seats: 2 });
  await untilAsked(1);
  for (let times = 0; times < 10; times += 1) host.finish(0);
  host.finish(3);
  await untilAsked(2);
  expect(batches(asked)).toEqual([2, 3]);
});

test('without end of room, offers are asked for in portions', async () => {
  const { queue, untilAsked } = await openPull();
  new Host(queue, { seats: Number.POSITIVE_INFINITY });
  expect((await untilAsked(1)).batch).toBe(1000);
});

test('what a request that ended left unserved is asked for again', async () => {
  const { owner, queue, asked, untilAsked, answer } = await openPull();
  const host = new Host(queue, { seats: 3 });
  const first = await untilAsked(1);
  owner.offer(offerOf('e/a/1'));
  await host.until(1);
  answer(first, ended(2));
  const second = await untilAsked(2);
  // Twice said is once said.
  answer(first, ended(2));
  answer(second, ended(2));
  await untilAsked(3);
  expect(batches(asked)).toEqual([3, 2, 2]);
  expect(new Set(asked.map(({ inbox }) => inbox)).size).toBe(1);
});

test('a heartbeat of the server changes nothing', async () => {
  const { queue, asked, untilAsked, answer } = await openPull();
  new Host(queue, { seats: 3 });
  const first = await untilAsked(1);
  answer(first, headers(100, 'Idle Heartbeat'));
  answer(first, ended(1));
  await untilAsked(2);
  expect(batches(asked)).toEqual([3, 1]);
});

test.each([
  [409, 'Exceeded MaxWaiting'],
  [409, 'Leadership Change'],
  [409, 'Server Shutdown'],
  [503, 'No Responders'],
  [404, 'No Messages'],
  [400, 'Bad Request'],
])(
  'after %i %s everything is asked for again a moment later, on another inbox',
  async (code, description) => {
    const { link, queue, clock, asked, untilAsked, answer } = await openPull();
    new Host(queue, { seats: 3 });
    const first = await untilAsked(1);
    answer(first, headers(code, description));
    await eventually(link, async () => (clock.nextAt ?? Infinity) <= clock.now() + 250);
    await clock.advance(250);
    const second = await untilAsked(2);
    expect(batches(asked)).toEqual([3, 3]);
    expect(second.inbox).not.toBe(first.inbox);
  },
);

test('an end without a number begins anew', async () => {
  const { queue, asked, untilAsked, answer } = await openPull();
  new Host(queue, { seats: 3 });
  const first = await untilAsked(1);
  answer(first, headers(408, 'Request Timeout'));
  const second = await untilAsked(2);
  expect(batches(asked)).toEqual([3, 3]);
  expect(second.inbox).not.toBe(first.inbox);
});

test('a request about which the server stays silent is given up, and the consumer made again', async () => {
  const { link, owner, queue, clock, asked, untilAsked } = await openPull();
  const host = new Host(queue);
  await untilAsked(1);
  owner.offer(offerOf('e/a/1'));
  await host.until(1);
  await eventually(link, async () => (await stored(link)) === 0);
  // Nothing is asked for now, so nobody is told.
  await link.jsm.consumers.delete(link.subjects.offerStream, link.subjects.offerConsumer('analyst'));
  host.finish();
  await untilAsked(2);
  owner.offer(offerOf('e/b/1'));
  await clock.advance(34_000);
  expect(asked).toHaveLength(2);
  await clock.advance(1_000);
  await host.until(2);
  expect(host.ids).toEqual(['e/a/1', 'e/b/1']);
});

test('an offer that finds no room goes to another host', async () => {
  const { owner, queue, untilAsked } = await openPull();
  const host = new Host(queue, { seats: 2 });
  await untilAsked(1);
  host.finish(-2);
  owner.offer(offerOf('e/a/1'));
  const other = new Host(owner);
  await other.until(1);
  expect(host.ids).toEqual([]);
  expect(other.ids).toEqual(['e/a/1']);
});

test('a seat that an offer did not take, since its work is under way here already, goes on asking', async () => {
  const { link, owner, queue, untilAsked } = await openPull();
  const received: string[] = [];
  // As a host does with an offer that comes twice: it lets it go, and says nothing.
  const consumption = queue.consume({
    role: 'analyst',
    room: () => 1,
    receive: ({ id }) => void received.push(id),
  });
  onTestFinished(() => consumption.stop());
  await untilAsked(1);
  owner.offer(offerOf('e/a/1'));
  await untilAsked(2);
  owner.offer(offerOf('e/b/1'));
  await eventually(link, async () => received.length === 2);
  expect(received).toEqual(['e/a/1', 'e/b/1']);
});

test('the queue is known to be empty while offers that were asked for are owed', async () => {
  const { link, owner, queue, untilAsked } = await openPull();
  const received: unknown[] = [];
  const consumption = queue.consume({
    role: 'analyst',
    room: () => 1 - received.length,
    receive: (offer) => received.push(offer),
  });
  onTestFinished(() => consumption.stop());
  expect(consumption.isEmpty).toBe(false);
  await untilAsked(1);
  expect(consumption.isEmpty).toBe(true);
  owner.offer(offerOf('e1/s1/1'));
  await eventually(link, async () => received.length === 1);
  expect(consumption.isEmpty).toBe(false);
});
