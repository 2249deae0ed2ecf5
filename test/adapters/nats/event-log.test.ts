import { cpSync, rmSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { VirtualClock } from '../../../src/adapters/memory/virtual-clock.ts';
import type { NatsLink, NatsLogger, NatsOptions } from '../../../src/adapters/nats/connection.ts';
import { NatsLog } from '../../../src/adapters/nats/event-log.ts';
import { provision } from '../../../src/adapters/nats/provision.ts';
import { partitionOf } from '../../../src/adapters/nats/subjects.ts';
import type { LogRecord } from '../../../src/ports/event-log.ts';
import { newRecord, Recorder } from '../../contract/recorder.ts';
import { type NatsServer, natsServerForFile, natsServerForTest } from '../../fixtures/nats/server.ts';
import { linkForTest } from './links.ts';

interface OpenOptions extends Partial<NatsOptions> {
  readonly heartbeatMs?: number;
}

async function openLog(
  server: NatsServer,
  { heartbeatMs, partitions = 1, ...options }: OpenOptions = {},
): Promise<{ link: NatsLink; log: NatsLog }> {
  const link = await linkForTest(server.url, options);
  await provision(link, { partitions });
  const log = new NatsLog(link, { partition: 0, partitions, heartbeatMs });
  return { link, log };
}

/** Resolves when the reader of the log says that it was interrupted. */
function interruption(): { readonly logger: NatsLogger; readonly seen: Promise<unknown> } {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  const warn: NatsLogger['warn'] = (details, message) => {
    if (message.includes('interrupted')) resolve(details);
  };
  return { logger: { debug: () => {}, info: () => {}, error: () => {}, warn }, seen: promise };
}

function idsOf(records: readonly LogRecord[]): string[] {
  return records.map(({ id }) => id);
}

const shared = natsServerForFile();
let count = 0;
function newNamespace(): string {
  count += 1;
  return `log-${count}`;
}

describe('a server that dies', () => {
  test('takes nothing acknowledged with it, and followers go on without a gap', async () => {
    const server = await natsServerForTest();
    const [{ log }, reader] = [await openLog(server), await openLog(server)];
    const here = new Recorder();
    const there = new Recorder();
    log.follow(here, 0);
    reader.log.follow(there, 0);
    const total = 3_000;
    const appended: Promise<LogRecord>[] = [];
    let deaths = 0;
    for (let index = 0; index < total; index += 1) {
      appended.push(log.append(newRecord('a', { data: index })));
      // Some are acknowledged, some are under way, some have not been sent.
      if (index % 1_000 === 500) {
        await appended[index - 250];
        await server.kill('SIGKILL');
        deaths += 1;
        for (let more = 1; more < 100; more += 1)
          appended.push(log.append(newRecord('a', { data: ++index })));
        await server.restart();
      }
    }
    const written = await Promise.all(appended);
    expect(deaths).toBe(3);
    const positions = written.map(({ position }) => position);
    expect(positions).toEqual([...positions].sort((one, other) => one - other));

    const head = await log.head();
    const read = await log.read('one');
    const last = written.at(-1);
    // Repeated records may be there twice; by their last places they are in the order of the calls.
    expect(read.at(-1)?.position).toBe(head);
    const places = new Map(read.map((record) => [record.id, record.position]));
    for (const { id, position } of written) expect(places.get(id)).toBeGreaterThanOrEqual(position);
    expect(places.size).toBe(total);
    for (const follower of [here, there]) {
      await follower.sees(read.length);
      expect(follower.records).toEqual(read);
      expect(follower.calls.some((call) => call.startsWith('retracted'))).toBe(false);
    }
    expect(last?.data).toBe(total - 1);
  });

  test('is waited for by what is appended meanwhile', async () => {
    const server = await natsServerForTest();
    const { link, log } = await openLog(server);
    await log.append(newRecord('before'));
    const gone = Promise.withResolvers<void>();
    link.listen({ disconnected: gone.resolve });
    await server.kill('SIGKILL');
    await gone.promise;
    const waiting = ['a', 'b', 'c'].map((type) => log.append(newRecord(type)));
    await server.restart();
    expect((await Promise.all(waiting)).map(({ type }) => type)).toEqual(['a', 'b', 'c']);
    expect((await log.read('one')).map(({ type }) => type)).toEqual(['before', 'a', 'b', 'c']);
  });

  test('and does not come back, is given up after ten seconds', async () => {
    const server = await natsServerForTest();
    const clock = new VirtualClock();
    const { link, log } = await openLog(server, { clock });
    await log.append(newRecord('before'));
    const gone = Promise.withResolvers<void>();
    link.listen({ disconnected: gone.resolve });
    await server.kill('SIGKILL');
    await gone.promise;
    const outcomes: string[] = [];
    const early = log.append(newRecord('early')).catch(({ code }) => outcomes.push(`early ${code}`));
    await clock.advance(5_000);
    const late = log.append(newRecord('late')).catch(({ code }) => outcomes.push(`late ${code}`));
    await clock.advance(9_000);
    expect(outcomes).toEqual(['early NATS_UNREACHABLE']);
    await clock.advance(2_000);
    await Promise.all([early, late]);
    expect(outcomes).toEqual(['early NATS_UNREACHABLE', 'late NATS_UNREACHABLE']);
  });

  test('with its tail takes followers back to what is left, then on to what is there', async () => {
    const server = await natsServerForTest();
    const { log } = await openLog(server);
    const [whole, late, other] = [new Recorder(), new Recorder(), new Recorder()];
    log.follow(whole, 0);
    for (let index = 0; index < 300; index += 1) await log.append(newRecord(`kept-${index}`));
    const kept = await log.head();
    log.follow(late, kept);
    log.follow(other, 0, { execution: 'other' });
    await server.kill();
    const copy = `${server.storeDir}-copy`;
    onTestFinished(() => rmSync(copy, { recursive: true, force: true }));
    cpSync(server.storeDir, copy, { recursive: true });
    await server.restart();
    for (let index = 0; index < 20; index += 1) await log.append(newRecord(`lost-${index}`));
    await log.append(newRecord('lost-other', { execution: 'other' }));
    await Promise.all([whole.sees(321), late.sees(21), other.sees(1)]);
    await server.kill('SIGKILL');
    rmSync(server.storeDir, { recursive: true });
    cpSync(copy, server.storeDir, { recursive: true });
    await server.restart();

    for (let index = 0; index < 40; index += 1) await log.append(newRecord(`new-${index}`));
    expect(await log.head()).toBe(kept + 40);
    const read = await log.read('one');
    expect(read.map(({ type }) => type)).toEqual([
      ...Array.from({ length: 300 }, (_, index) => `kept-${index}`),
      ...Array.from({ length: 40 }, (_, index) => `new-${index}`),
    ]);
    await whole.sees(kept + 40);
    await late.sees(40);
    expect(whole.records).toEqual(read);
    expect(late.records).toEqual(read.slice(-40));
    for (const follower of [whole, late]) {
      const [retracted] = follower.calls.filter((call) => call.startsWith('retracted'));
      expect(Number(retracted?.split(' ')[1])).toBeLessThanOrEqual(kept);
    }
    expect(late.calls).toContain(`retracted ${kept}`);
    expect(await log.read('other')).toEqual([]);
    await log.append(newRecord('again', { execution: 'other' }));
    await other.sees(1);
    expect(other.types).toEqual(['again']);
  });
});

describe('a server that stands still', () => {
  test('is noticed by followers, who go on when it moves', async () => {
    const server = await natsServerForTest();
    onTestFinished(() => server.kill('SIGCONT'));
    const { logger, seen } = interruption();
    const { link, log } = await openLog(server, { logger, heartbeatMs: 100 });
    const follower = new Recorder();
    log.follow(follower, 0);
    await log.append(newRecord('a'));
    await expect.poll(() => log.isCaughtUp).toBe(true);
    await server.kill('SIGSTOP');
    expect(await seen).toMatchObject({ reason: 'the server fell silent', after: 1 });
    expect(log.isCaughtUp).toBe(false);
    expect(link.clock.monotonic() - (log.heardAt ?? 0)).toBeGreaterThanOrEqual(300);
    await server.kill('SIGCONT');
    await log.append(newRecord('b'));
    await follower.sees(2);
    expect(follower.types).toEqual(['a', 'b']);
    await expect.poll(() => log.isCaughtUp).toBe(true);
  });
});

describe('who follows', () => {
  test('is told of by the log: whether all is read, and when the server was heard', async () => {
    const { log } = await openLog(shared(), { namespace: newNamespace() });
    expect([log.isCaughtUp, log.heardAt]).toEqual([false, undefined]);
    const subscription = log.follow(new Recorder(), 0);
    expect(log.isCaughtUp).toBe(false);
    await log.append(newRecord('a'));
    await expect.poll(() => log.isCaughtUp).toBe(true);
    expect(log.heardAt).toBeGreaterThan(0);
    await subscription.stop();
    expect([log.isCaughtUp, log.heardAt]).toEqual([false, undefined]);
  });

  test('one execution is given that alone', async () => {
    const { log } = await openLog(shared(), { namespace: newNamespace() });
    await log.append(newRecord('a', { execution: 'two' }));
    const follower = new Recorder();
    log.follow(follower, 0, { execution: 'two' });
    await log.append(newRecord('b', { execution: 'one' }));
    await log.append(newRecord('c', { execution: 'two', source: 'agent.chair' }));
    await follower.sees(2);
    expect(follower.types).toEqual(['a', 'c']);
  });

  test('and throws is dropped; the log goes on', async () => {
    const { log } = await openLog(shared(), { namespace: newNamespace() });
    const thrown = Promise.withResolvers<unknown>();
    const listeners = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException').once('uncaughtException', thrown.resolve);
    onTestFinished(() => {
      for (const listener of listeners) process.on('uncaughtException', listener);
    });
    const broken = new Recorder(() => {
      throw new Error('broken');
    });
    const sound = new Recorder();
    log.follow(broken, 0);
    log.follow(sound, 0);
    await log.append(newRecord('a'));
    expect(await thrown.promise).toMatchObject({ message: 'broken' });
    await log.append(newRecord('b'));
    expect(broken.types).toEqual(['a']);
    expect(sound.types).toEqual(['a', 'b']);
  });

  test('5,000 records by two, and both have the same as a reader', async () => {
    const { log } = await openLog(shared(), { namespace: newNamespace() });
    const [early, late] = [new Recorder(), new Recorder()];
    log.follow(early, 0);
    await Promise.all(
      Array.from({ length: 5_000 }, (_, index) => log.append(newRecord('a', { data: index }))),
    );
    log.follow(late, 0);
    await Promise.all([early.sees(5_000), late.sees(5_000)]);
    const read = await log.read('one');
    expect(early.records).toEqual(read);
    expect(late.records).toEqual(read);
    expect(read.map(({ data }) => data)).toEqual(Array.from({ length: 5_000 }, (_, index) => index));
    // What arrives together is handed over together.
    expect(late.calls.length).toBeLessThan(1_000);
  });
});

test('what is no record of this partition is skipped by everybody, and counts as read', async () => {
  const partitions = 2;
  const { link, log } = await openLog(shared(), { namespace: newNamespace(), partitions });
  const home = (wanted: number): string => {
    const all = Array.from({ length: 20 }, (_, index) => `e-${index}`);
    return all.find((one) => partitionOf(one, partitions) === wanted) ?? '';
  };
  const [ours, foreign] = [home(0), home(1)];
  const follower = new Recorder();
  log.follow(follower, 0);
  await log.append(newRecord('a', { execution: ours }));
  const { root } = link.subjects;
  const good = JSON.stringify({ id: 'x', type: 'bad', data: {} });
  const bad: [string, string][] = [
    [`${root}.log.0.${foreign}.engine`, good],
    [`${root}.log.0.${ours}.somebody`, good],
    [`${root}.log.0.${ours}.agent`, good],
    [`${root}.log.0.${ours}.agent.a.b`, good],
    [`${root}.log.0.${ours}.engine`, 'no JSON'],
    [`${root}.log.0.${ours}.engine`, ''],
    [`${root}.log.0.${ours}.engine`, JSON.stringify({ type: 'bad', data: {} })],
    [`${root}.log.0.${ours}.engine`, JSON.stringify({ id: 'x', type: 'bad' })],
  ];
  for (const [subject, payload] of bad) await link.js.publish(subject, payload);
  const last = await log.append(newRecord('b', { execution: ours }));
  expect(last.position).toBe(bad.length + 2);
  expect(follower.types).toEqual(['a', 'b']);
  expect((await log.read(ours)).map(({ type }) => type)).toEqual(['a', 'b']);
  expect((await log.read(ours, { after: 1, limit: 1 })).map(({ type }) => type)).toEqual(['b']);
  expect(await log.executions()).toEqual([{ execution: ours, last: last.position }]);
  await link.js.publish(`${root}.log.0.${ours}.engine`, 'no JSON');
  const head = await log.head();
  await log.read(ours);
  const late = new Recorder();
  log.follow(late, last.position - 1);
  await late.sees(1);
  expect(late.durablePosition).toBe(head);
});

test('any read is what a list of the records would give', async () => {
  const { log } = await openLog(shared(), { namespace: newNamespace() });
  const executions = ['x', 'y', 'z'];
  const written: LogRecord[] = await Promise.all(
    Array.from({ length: 200 }, (_, index) =>
      log.append(newRecord('a', { execution: executions[((index * index) % 7) % 3] ?? 'x', data: index })),
    ),
  );
  const place = fc.option(fc.integer({ min: 0, max: 210 }), { nil: undefined });
  const limit = fc.option(fc.integer({ min: 0, max: 30 }), { nil: undefined });
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...executions),
      place,
      place,
      limit,
      async (execution, after, upTo, limit) => {
        const expected = written
          .filter((record) => record.execution === execution)
          .filter(({ position }) => position > (after ?? 0) && position <= (upTo ?? 999))
          .slice(0, limit);
        expect(await log.read(execution, { after, upTo, limit })).toEqual(expected);
      },
    ),
    { numRuns: 60 },
  );
});

test('executions are the same however long the tail is', async () => {
  const { log } = await openLog(shared(), { namespace: newNamespace() });
  const lasts = new Map<string, number>();
  await Promise.all(
    Array.from({ length: 2_000 }, async (_, index) => {
      const execution = `e-${(index * 7) % 40}`;
      const source = index % 3 === 0 ? 'control' : 'agent.chair';
      const { position } = await log.append(newRecord('a', { execution, source }));
      lasts.set(execution, Math.max(position, lasts.get(execution) ?? 0));
    }),
  );
  const all = [...lasts]
    .map(([execution, last]) => ({ execution, last }))
    .sort((one, other) => one.last - other.last);
  expect(await log.executions()).toEqual(all);
  for (const after of [0, 100, 1_900, 1_970, 1_999, 2_000]) {
    expect(await log.executions(after)).toEqual(all.filter(({ last }) => last > after));
  }
});

test('a record that is larger than the server takes is not sent', async () => {
  const { link, log } = await openLog(shared(), { namespace: newNamespace() });
  const text = 'x'.repeat(link.maxPayload);
  const results = await Promise.allSettled([
    log.append(newRecord('before')),
    log.append(newRecord('step.succeeded', { data: { text } })),
    log.append(newRecord('after')),
  ]);
  expect(results[1]).toMatchObject({
    reason: { code: 'MESSAGE_TOO_LARGE', message: expect.stringContaining('step.succeeded') },
  });
  expect((await log.read('one')).map(({ type }) => type)).toEqual(['before', 'after']);
});

test.each([
  ['an account', 'accounts { a: { jetstream: { max_file: 2MB }, users: [{ user: u, password: p }] } }', -1],
  ['a stream', 'authorization { users: [{ user: u, password: p }] }', 2_000_000],
])('%s that is full is told, and what was acknowledged stays', async (_, config, maxBytes) => {
  const server = await natsServerForTest({ config });
  const url = `nats://u:p@127.0.0.1:${server.port}`;
  const { link, log } = await openLog({ ...server, url }, { heartbeatMs: 100 });
  await link.jsm.streams.update(link.subjects.logStream(0), { max_bytes: maxBytes });
  const follower = new Recorder();
  log.follow(follower, 0);
  const data = { text: 'x'.repeat(100_000) };
  const results = await Promise.allSettled(
    Array.from({ length: 100 }, () => log.append(newRecord('a', { data }))),
  );
  const written = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason.code] : []));
  expect(new Set(failures)).toEqual(new Set(['STORAGE_FULL']));
  expect(written.length).toBeGreaterThan(5);
  expect(idsOf(await log.read('one'))).toEqual(idsOf(written));
  const last = written.at(-1)?.position;
  expect(await log.head()).toBe(last);
  expect(await log.executions()).toEqual([{ execution: 'one', last }]);
  expect(await log.executions(last)).toEqual([]);
  expect(await log.read('another')).toEqual([]);
  const late = new Recorder();
  log.follow(late, 0);
  await Promise.all([follower.sees(written.length), late.sees(written.length)]);
  expect(idsOf(follower.records)).toEqual(idsOf(written));
  expect(idsOf(late.records)).toEqual(idsOf(written));
  // What the server counts as left is wrong now; that it has nothing more to say tells.
  await expect.poll(() => log.isCaughtUp).toBe(true);
});

test('who may not write is refused at once, and others are not held up', async () => {
  const server = await natsServerForTest({
    config: `authorization { users: [
      { user: boss, password: p },
      { user: u, password: p, permissions: {
        publish: ["$JS.API.>", "troupe.default.log.*.*.control"], subscribe: "_INBOX_u.>" } }
    ] }`,
  });
  const boss = await linkForTest(`nats://boss:p@127.0.0.1:${server.port}`);
  await provision(boss, { partitions: 1 });
  const link = await linkForTest(`nats://u:p@127.0.0.1:${server.port}`);
  const log = new NatsLog(link, { partition: 0, partitions: 1 });
  const [first, refused, last] = await Promise.allSettled([
    log.append(newRecord('a', { source: 'control' })),
    log.append(newRecord('b', { source: 'engine' })),
    log.append(newRecord('c', { source: 'control' })),
  ]);
  expect([first.status, last.status]).toEqual(['fulfilled', 'fulfilled']);
  expect(refused).toMatchObject({ reason: { code: 'NATS_REFUSED' } });
});
