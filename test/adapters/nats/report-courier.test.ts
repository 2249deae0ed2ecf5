import type { Msg } from '@nats-io/transport-node';
import { expect, test } from 'vitest';
import { VirtualClock } from '../../../src/adapters/memory/virtual-clock.ts';
import type { NatsClaimDesk } from '../../../src/adapters/nats/claim-desk.ts';
import type { NatsLink } from '../../../src/adapters/nats/connection.ts';
import type { HostControl } from '../../../src/adapters/nats/host-control.ts';
import { provision } from '../../../src/adapters/nats/provision.ts';
import type { Json } from '../../../src/json.ts';
import type { AttemptResult } from '../../../src/ports/agent-request.ts';
import { type NatsServer, natsServerForFile, natsServerForTest } from '../../fixtures/nats/server.ts';
import { claimOf, controlOf, deskOf, E0, grantOf, PARTITIONS, reportOf, serve } from './claims.ts';
import { linkForTest } from './links.ts';

const server = natsServerForFile();
let count = 0;

const succeeded: AttemptResult = { kind: 'succeeded', output: { answer: 42 }, durationMs: 5 };

interface Opened {
  readonly owner: NatsLink;
  readonly link: NatsLink;
  readonly clock: VirtualClock;
  readonly desk: NatsClaimDesk;
  readonly control: HostControl;
  /** What is in the log of E0's partition. */
  readonly written: Msg[];
  readonly untilWritten: (count: number) => Promise<void>;
}

/** A host's desk in virtual time, and an owner that sees what is written. */
async function openDesk(on: NatsServer = server()): Promise<Opened> {
  count += 1;
  const namespace = `reports-${count}`;
  const clock = new VirtualClock();
  const owner = await linkForTest(on.url, { namespace });
  await provision(owner, { partitions: PARTITIONS });
  const link = await linkForTest(on.url, { namespace, clock });
  const written: Msg[] = [];
  const watchers = new Set<() => void>();
  owner.nc.subscribe(owner.subjects.logOfPartition(0), {
    callback: (_, message) => {
      written.push(message);
      for (const watcher of [...watchers]) watcher();
    },
  });
  const untilWritten = (times: number): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (written.length >= times) resolve();
      };
      watchers.add(look);
      look();
    });
  await owner.nc.flush();
  return { owner, link, clock, desk: deskOf(link), control: controlOf(owner), written, untilWritten };
}

/** Waits for whatever both sides have sent each other. */
async function settled({ owner, link }: Opened): Promise<void> {
  for (let times = 0; times < 3; times += 1) await Promise.all([owner.nc.flush(), link.nc.flush()]);
}

function recordIn(message: Msg | undefined): { id: string; type: string; data: { [key: string]: Json } } {
  if (message === undefined) throw new Error('nothing was written');
  return message.json();
}

test('a report is in the log as the role that worked, and is done when an owner has folded it', async () => {
  const opened = await openDesk();
  const { owner, link, desk, control, written, untilWritten } = opened;
  let isDone = false;
  const reporting = desk.report(reportOf(E0, succeeded)).then(() => {
    isDone = true;
  });
  await untilWritten(1);
  await settled(opened);
  expect(isDone).toBe(false);
  control.confirm('host-1', 'another');
  control.confirm('host-1', 'report-1');
  await reporting;
  expect(written[0]?.subject).toBe(`${link.subjects.root}.log.0.${E0}.agent.analyst`);
  expect(recordIn(written[0])).toEqual({
    id: 'report-1',
    type: 'step.succeeded',
    data: {
      step: 's1',
      attempt: 1,
      fence: 7,
      token: 'token-7',
      host: 'host-1',
      output: { answer: 42 },
      durationMs: 5,
    },
  });
  const { state } = await owner.jsm.streams.info(owner.subjects.logStream(0));
  expect(state.messages).toBe(1);
});

test('each result has its record', async () => {
  const { desk, control, written, untilWritten } = await openDesk();
  const results: AttemptResult[] = [
    { kind: 'released' },
    { kind: 'failed', error: { class: 'crash', message: 'It broke.' }, durationMs: 1, usage: { tokens: 3 } },
  ];
  const logs = { $artifact: 'sha256:1', bytes: 3 };
  for (const [index, result] of results.entries()) {
    const reporting = desk.report({ ...reportOf(E0, result), logs });
    await untilWritten(index + 1);
    control.confirm('host-1', 'report-1');
    await reporting;
  }
  const [released, failed] = written.map(recordIn);
  expect(released).toMatchObject({ type: 'claim.released', data: { host: 'host-1', logs } });
  expect(failed).toMatchObject({
    type: 'step.failed',
    data: { error: { class: 'crash', message: 'It broke.' }, durationMs: 1, usage: { tokens: 3 } },
  });
});

test('a report carries the trace of its request', async () => {
  const { owner, desk, control, written, untilWritten } = await openDesk();
  const { desk: served } = await serve(owner, 0);
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
  served.answerClaim = async (claim) => {
    const granted = grantOf(claim);
    return { ...granted, request: { ...granted.request, traceparent } };
  };
  await desk.claim(claimOf(E0));
  const reporting = desk.report(reportOf(E0, succeeded));
  await untilWritten(1);
  control.confirm('host-1', 'report-1');
  await reporting;
  expect(written[0]?.headers?.get('traceparent')).toBe(traceparent);
});

test('nobody confirms: the report fails after ten seconds, then after twenty, and is the same again', async () => {
  const opened = await openDesk();
  const { desk, clock, control, written, untilWritten } = opened;
  const report = reportOf(E0, succeeded);
  const waits: number[] = [];
  for (const [index, seconds] of [10, 20, 40].entries()) {
    const startedAt = clock.now();
    const failing = desk.report(report).catch((error: unknown) => {
      waits.push(clock.now() - startedAt);
      return error;
    });
    await untilWritten(index + 1);
    await settled(opened);
    await clock.advance(seconds * 1_000);
    expect(await failing).toMatchObject({ code: 'NATS_NOT_ANSWERED', retryable: true });
  }
  expect(waits).toEqual([10_000, 20_000, 40_000]);
  const reporting = desk.report(report);
  await untilWritten(4);
  control.confirm('host-1', 'report-1');
  await reporting;
  const [first, ...others] = written.map((message) => message.string());
  expect(others).toEqual([first, first, first]);
});

test('a confirmation that comes between two tries counts: nothing is written again', async () => {
  const opened = await openDesk();
  const { desk, clock, control, written, untilWritten } = opened;
  const failing = expect(desk.report(reportOf(E0, succeeded))).rejects.toThrow();
  await untilWritten(1);
  await settled(opened);
  await clock.advance(10_000);
  await failing;
  control.confirm('host-1', 'report-1');
  // Sent at the end of the turn.
  await new Promise(setImmediate);
  await settled(opened);
  await desk.report(reportOf(E0, succeeded));
  expect(written).toHaveLength(1);
});

test('a log that refuses is named', async () => {
  const { owner, desk } = await openDesk();
  await owner.js.publish(owner.subjects.log(0, E0, 'control'), '{}');
  await owner.jsm.streams.update(owner.subjects.logStream(0), { max_msgs: 1 });
  await expect(desk.report(reportOf(E0, succeeded))).rejects.toMatchObject({
    code: 'NATS_NOT_ANSWERED',
    message: expect.stringContaining('maximum messages exceeded'),
  });
});

test('no log: the report fails at once', async () => {
  const own = await natsServerForTest();
  const desk = deskOf(await linkForTest(own.url));
  await expect(desk.report(reportOf(E0, succeeded))).rejects.toMatchObject({
    message: expect.stringContaining('nobody is there'),
  });
});

test('an outcome larger than a message is a failure that says so', async () => {
  const small = await natsServerForTest({ config: 'max_payload: 16KB' });
  const { desk, control, written, untilWritten } = await openDesk(small);
  const usage = { tokens: 3 };
  const output = Array.from({ length: 100 }, () => 'x'.repeat(200));
  const reporting = desk.report(reportOf(E0, { ...succeeded, output, usage }));
  await untilWritten(1);
  control.confirm('host-1', 'report-1');
  await reporting;
  expect(recordIn(written[0])).toMatchObject({
    id: 'report-1',
    type: 'step.failed',
    data: {
      step: 's1',
      fence: 7,
      token: 'token-7',
      error: { class: 'invalid-output', message: expect.stringContaining('at most 16384') },
      usage,
      durationMs: 5,
    },
  });
});

test('confirmations of a turn travel together, each host with its own', async () => {
  const { owner, control } = await openDesk();
  const heard = new Map<string, number[]>();
  const done = Promise.withResolvers<void>();
  owner.nc.subscribe(`${owner.subjects.root}.host.*.confirmed`, {
    callback: (_, message) => {
      const host = message.subject.split('.').at(-2) ?? '';
      const { reports } = message.json<{ reports: string[] }>();
      heard.set(host, [...(heard.get(host) ?? []), reports.length]);
      if (host === 'last') done.resolve();
    },
  });
  for (let index = 0; index < 600; index += 1) control.confirm('host-1', `report-${index}`);
  control.confirm('host-2', 'report-600');
  control.confirm('no host', 'report-601');
  control.confirm('last', 'report-602');
  await done.promise;
  expect(Object.fromEntries(heard)).toEqual({ 'host-1': [256, 256, 88], 'host-2': [1], last: [1] });
});

test('a desk that is closed gives up what it waits for', async () => {
  const opened = await openDesk();
  const { desk, untilWritten } = opened;
  const failing = expect(desk.report(reportOf(E0, succeeded))).rejects.toMatchObject({
    code: 'NATS_NOT_ANSWERED',
  });
  await untilWritten(1);
  await settled(opened);
  await desk[Symbol.asyncDispose]();
  await failing;
});
