import { expect, test } from 'vitest';
import { VirtualClock } from '../../../src/adapters/memory/virtual-clock.ts';
import { provision } from '../../../src/adapters/nats/provision.ts';
import type { AttemptReport } from '../../../src/ports/agent-request.ts';
import { natsServerForFile, natsServerForTest } from '../../fixtures/nats/server.ts';
import { controlOf, deskOf, E0, nextGrantOf, noArtifacts, PARTITIONS, reportOf, serve } from './claims.ts';
import { linkForTest } from './links.ts';

const server = natsServerForFile();
let count = 0;

const asking: AttemptReport = {
  ...reportOf(E0, { kind: 'succeeded', output: 1, durationMs: 1 }),
  next: { claimId: 'claim-2', tokenDigest: '0'.repeat(64) },
};
const ASKED = {
  execution: E0,
  ...asking.next,
  role: 'analyst',
  host: 'host-1',
  after: { step: 's1', attempt: 1, fence: 7 },
};

/** An owner and a host whose clock stands still, in a namespace of their own. */
async function open({ url = server().url, artifacts = noArtifacts() } = {}) {
  count += 1;
  const namespace = `next-${count}`;
  const clock = new VirtualClock();
  const owner = await linkForTest(url, { namespace });
  await provision(owner, { partitions: PARTITIONS });
  const link = await linkForTest(url, { namespace, clock });
  const { desk: served } = await serve(owner, 0, artifacts);
  const desk = deskOf(link, artifacts);
  await link.nc.flush();
  return { owner, clock, served, desk, control: controlOf(owner, artifacts) };
}

test('the confirmation of a report says what comes next', async () => {
  const { owner, served, desk, control } = await open();
  const reported = desk.report(asking);
  const next = desk.next(asking);
  await control.confirmWith('host-1', 'report-1', nextGrantOf(E0));
  expect(await next).toEqual(nextGrantOf(E0));
  await reported;
  expect(served.nexts).toEqual([]);

  // Its heartbeats go as the role, and its report into the log of the execution.
  expect(await desk.heartbeat([{ execution: E0, step: 's2', attempt: 1, fence: 9 }])).toEqual(['ok']);
  const { state } = await owner.jsm.streams.info(owner.subjects.logStream(0));
  expect(state.messages).toBe(1);
});

test('confirmed without it, nothing does', async () => {
  const { desk, control } = await open();
  const reported = desk.report(asking);
  const next = desk.next(asking);
  control.confirm('host-1', 'report-1');
  expect(await next).toMatchObject({ kind: 'refused' });
  await reported;
});

test('after a second without a word the owner is asked, until it can tell', async () => {
  const { clock, served, desk, control } = await open();
  const reported = desk.report(asking);
  const first = desk.next(asking);
  const failing = expect(first).rejects.toMatchObject({ code: 'NATS_NOT_ANSWERED' });
  await clock.advance(1_000);
  await served.until(({ nexts }) => nexts.length === 1);
  await clock.advance(1_000);
  await failing;
  served.answerNext = async () => nextGrantOf(E0);
  expect(await desk.next(asking)).toEqual(nextGrantOf(E0));
  expect(served.nexts).toEqual([ASKED, ASKED]);
  control.confirm('host-1', 'report-1');
  await reported;
});

test('a confirmation that comes late counts too', async () => {
  const { clock, served, desk, control } = await open();
  const reported = desk.report(asking);
  const next = desk.next(asking);
  await clock.advance(1_000);
  await served.until(({ nexts }) => nexts.length === 1);
  await control.confirmWith('host-1', 'report-1', nextGrantOf(E0));
  expect(await next).toEqual(nextGrantOf(E0));
  await reported;
});

test('an owner that knows nothing of it refuses', async () => {
  const { clock, served, desk, control } = await open();
  served.answerNext = async () => ({ kind: 'refused', reason: 'This is no claim.' });
  const reported = desk.report(asking);
  const next = desk.next(asking);
  await clock.advance(1_000);
  expect(await next).toEqual({ kind: 'refused', reason: 'This is no claim.' });
  control.confirm('host-1', 'report-1');
  await reported;
});

test.for<[string, object]>([
  ['of another claim', { claimId: 'claim-3' }],
  ['of another execution', { execution: 'e-other' }],
])('a grant %s is none', async ([, about]) => {
  const { desk, control } = await open();
  const reported = desk.report(asking);
  const failing = expect(desk.next(asking)).rejects.toMatchObject({ code: 'NATS_NOT_ANSWERED' });
  await control.confirmWith('host-1', 'report-1', nextGrantOf(E0, about));
  await failing;
  await reported;
});

test('what is larger than a message comes through the artifact store', async () => {
  const small = await natsServerForTest({ config: 'max_payload: 16KB' });
  const artifacts = noArtifacts();
  const { desk, control } = await open({ url: small.url, artifacts });
  const { request } = nextGrantOf(E0);
  const grant = nextGrantOf(E0, { request: { ...request, instructions: 'x'.repeat(20_000) } });
  const reported = desk.report(asking);
  const next = desk.next(asking);
  await control.confirmWith('host-1', 'report-1', grant);
  expect(await next).toEqual(grant);
  await reported;
});
