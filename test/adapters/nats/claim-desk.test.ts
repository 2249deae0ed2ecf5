import { expect, test } from 'vitest';
import { VirtualClock } from '../../../src/adapters/memory/virtual-clock.ts';
import type { NatsLink, NatsOptions } from '../../../src/adapters/nats/connection.ts';
import { natsServerForFile, natsServerForTest } from '../../fixtures/nats/server.ts';
import { beatOf, claimOf, controlOf, deskOf, E0, E1, grantOf, noArtifacts, serve } from './claims.ts';
import { linkForTest } from './links.ts';

const server = natsServerForFile();
let count = 0;

/** Two links into one namespace: the owner's and the host's, whose clock stands still. */
async function openLinks(
  options: Partial<NatsOptions> = {},
): Promise<{ owner: NatsLink; link: NatsLink; clock: VirtualClock }> {
  count += 1;
  const namespace = `claims-${count}`;
  const clock = new VirtualClock();
  const url = options.url ?? server().url;
  const owner = await linkForTest(url, { namespace });
  const link = await linkForTest(url, { namespace, clock, ...options });
  return { owner, link, clock };
}

test('a claim is granted: role and host are those of the subject', async () => {
  const { owner, link } = await openLinks();
  const { desk: served } = await serve(owner, 0);
  const claim = claimOf(E0);
  expect(await deskOf(link).claim(claim)).toEqual(grantOf(claim));
  expect(served.claims).toEqual([claim]);
});

test('a claim is refused', async () => {
  const { owner, link } = await openLinks();
  const { desk: served } = await serve(owner, 0);
  served.answerClaim = async () => ({ kind: 'refused', reason: 'stale' });
  expect(await deskOf(link).claim(claimOf(E0))).toEqual({ kind: 'refused', reason: 'stale' });
});

test('a claim goes to the owner of its partition and to nobody else', async () => {
  const { owner, link } = await openLinks();
  const [first, second] = [await serve(owner, 0), await serve(owner, 1)];
  const desk = deskOf(link);
  await desk.claim(claimOf(E1));
  await desk.claim(claimOf(E0));
  expect(first.desk.claims.map(({ execution }) => execution)).toEqual([E0]);
  expect(second.desk.claims.map(({ execution }) => execution)).toEqual([E1]);
});

test('without an owner, a claim fails at once', async () => {
  const { link } = await openLinks();
  await expect(deskOf(link).claim(claimOf(E0))).rejects.toMatchObject({
    code: 'NATS_NOT_ANSWERED',
    retryable: true,
    message: expect.stringContaining(`${E0}/s1/1`),
  });
});

test('a claim that is not answered fails after a second and may be asked for again', async () => {
  const { owner, link, clock } = await openLinks();
  const { desk: served } = await serve(owner, 0);
  served.answerClaim = () => new Promise(() => undefined);
  const desk = deskOf(link);
  let failure: unknown;
  const asking = desk.claim(claimOf(E0)).catch((error: unknown) => {
    failure = error;
  });
  await served.until(({ claims }) => claims.length === 1);
  await clock.advance(999);
  expect(failure).toBeUndefined();
  await clock.advance(1);
  await asking;
  expect(failure).toMatchObject({ code: 'NATS_NOT_ANSWERED' });

  served.answerClaim = async (claim) => grantOf(claim);
  expect(await desk.claim(claimOf(E0))).toEqual(grantOf(claimOf(E0)));
  expect(served.claims.map(({ claimId }) => claimId)).toEqual(['claim-1', 'claim-1']);
});

test('an owner that may not answer is silent, also when it learns so while it works', async () => {
  const { owner, link, clock } = await openLinks();
  const { desk: silent } = await serve(owner, 0);
  silent.answersAllowed = () => false;
  const { desk: late } = await serve(owner, 0);
  late.answerClaim = async (claim) => {
    late.answersAllowed = () => false;
    return grantOf(claim);
  };
  const failing = expect(deskOf(link).claim(claimOf(E0))).rejects.toMatchObject({
    code: 'NATS_NOT_ANSWERED',
  });
  await late.until(({ claims }) => claims.length === 1);
  await link.nc.flush();
  await owner.nc.flush();
  await link.nc.flush();
  await clock.advance(2_000);
  await failing;
  expect(silent.claims).toEqual([]);
});

test('a desk that fails answers nothing and serves on', async () => {
  const { owner, link, clock } = await openLinks();
  const { desk: served } = await serve(owner, 0);
  served.answerClaim = async () => {
    throw new Error('the log is full');
  };
  const desk = deskOf(link);
  const failing = expect(desk.claim(claimOf(E0))).rejects.toMatchObject({ code: 'NATS_NOT_ANSWERED' });
  await served.until(({ claims }) => claims.length === 1);
  await clock.advance(2_000);
  await failing;
  served.answerClaim = async (claim) => grantOf(claim);
  expect((await desk.claim(claimOf(E0))).kind).toBe('granted');
});

test('a service that stopped answers nobody', async () => {
  const { owner, link } = await openLinks();
  const { service } = await serve(owner, 0);
  await service.stop();
  await service.stop();
  await expect(deskOf(link).claim(claimOf(E0))).rejects.toMatchObject({
    message: expect.stringContaining('nobody is there'),
  });
});

test('a request larger than a message travels through the artifact store', async () => {
  const small = await natsServerForTest({ config: 'max_payload: 16KB' });
  const { owner, link } = await openLinks({ url: small.url });
  const artifacts = noArtifacts();
  const { desk: served } = await serve(owner, 0, artifacts);
  const claim = claimOf(E0);
  const granted = grantOf(claim);
  const large = { ...granted, request: { ...granted.request, instructions: 'x'.repeat(20_000) } };
  served.answerClaim = async () => large;
  expect(await deskOf(link, artifacts).claim(claim)).toEqual(large);
  await expect(deskOf(link).claim(claim)).rejects.toMatchObject({ code: 'ARTIFACT_MISSING' });
});

test('an execution of another partition is refused', async () => {
  const { owner, link } = await openLinks();
  const { desk: served } = await serve(owner, 1);
  const { execution, step, attempt, claimId } = claimOf(E0);
  const content = JSON.stringify({ execution, step, attempt, claimId });
  const subject = link.subjects.rpc(1, 'analyst', 'host-1', 'claim');
  expect((await link.nc.request(subject, content)).json()).toMatchObject({ kind: 'refused' });
  expect(served.claims).toEqual([]);
});

test.each(['', 'rubbish', '{}', '[]', 'null', '{"execution":"e 1","step":"s","attempt":1,"claimId":"c"}'])(
  'the rubbish %j harms no owner',
  async (content) => {
    const { owner, link } = await openLinks();
    const { desk: served } = await serve(owner, 0);
    const { root } = link.subjects;
    const asked = await link.nc.request(`${root}.rpc.0.analyst.host-1.claim`, content);
    expect(asked.json()).toMatchObject({ kind: 'refused' });
    for (const subject of [
      '0.analyst.host-1.heartbeat',
      '0.ana!lyst.host-1.claim',
      '0.analyst.host-1.claim',
    ]) {
      link.nc.publish(`${root}.rpc.${subject}`, content);
      link.nc.publish(`${root}.rpc.${subject}`, content, { reply: 'nobody' });
    }
    expect((await deskOf(link).claim(claimOf(E0))).kind).toBe('granted');
    expect(served.claims).toHaveLength(1);
    expect(served.beats).toEqual([]);
  },
);

test('who says nothing of the kind is no owner: the claim counts as unanswered', async () => {
  const { owner, link } = await openLinks();
  const { request, ...granted } = { ...grantOf(claimOf(E0)), report: 'r' };
  const answers: unknown[] = [
    'rubbish',
    {},
    { kind: 'granted' },
    granted,
    { ...granted, request: {} },
    { ...granted, request: { ...request, step: 'other' } },
    { ...granted, requestRef: { $artifact: 'sha256:unknown', bytes: 1 } },
  ];
  owner.nc.subscribe(owner.subjects.rpcOfPartition(0, 'claim'), {
    callback: (_, message) => void message.respond(JSON.stringify(answers.shift())),
  });
  await owner.nc.flush();
  const desk = deskOf(link);
  for (const [index] of [...answers].entries()) {
    await expect(desk.claim(claimOf(E0)), String(index)).rejects.toThrow();
  }
});

test('heartbeats go to the owners of their partitions, and each has its answer', async () => {
  const { owner, link } = await openLinks();
  const [first, second] = [await serve(owner, 0), await serve(owner, 1)];
  first.desk.answerBeats = async () => ['cancel'];
  const desk = deskOf(link);
  await desk.claim(claimOf(E0));
  await desk.claim(claimOf(E1));
  const beats = [beatOf(E1), beatOf(E0), beatOf('not-granted'), beatOf(E1)];
  expect(await desk.heartbeat(beats)).toEqual(['ok', 'cancel', 'unknown', 'ok']);
  expect(first.desk.beats).toEqual([{ host: 'host-1', beats: [beatOf(E0)] }]);
  expect(second.desk.beats).toEqual([{ host: 'host-1', beats: [beatOf(E1), beatOf(E1)] }]);
  expect(await desk.heartbeat([])).toEqual([]);
});

test('heartbeats of which some are answered', async () => {
  const { owner, link } = await openLinks();
  await serve(owner, 0);
  const { service } = await serve(owner, 1);
  const desk = deskOf(link);
  await desk.claim(claimOf(E0));
  await desk.claim(claimOf(E1));
  await service.stop();
  expect(await desk.heartbeat([beatOf(E1), beatOf(E0)])).toEqual(['unknown', 'ok']);
  await expect(desk.heartbeat([beatOf(E1)])).rejects.toMatchObject({ code: 'NATS_NOT_ANSWERED' });
});

test('an owner that answers too few heartbeats leaves the others unknown', async () => {
  const { owner, link } = await openLinks();
  const { desk: served } = await serve(owner, 0);
  const desk = deskOf(link);
  await desk.claim(claimOf(E0));
  served.answerBeats = async () => ['ok'];
  expect(await desk.heartbeat([beatOf(E0), beatOf(E0)])).toEqual(['ok', 'unknown']);
});

test('thousands of heartbeats take a few messages', async () => {
  const { owner, link } = await openLinks();
  const { desk: served } = await serve(owner, 0);
  const desk = deskOf(link);
  await desk.claim(claimOf(E0));
  const answers = await desk.heartbeat(Array.from({ length: 1_100 }, () => beatOf(E0)));
  expect(answers).toEqual(answers.map(() => 'ok'));
  expect(served.beats.map(({ beats }) => beats.length)).toEqual([512, 512, 76]);
});

test('a cancel reaches its host and no other', async () => {
  const { owner, link } = await openLinks();
  const desk = deskOf(link);
  const heard: unknown[] = [];
  const done = Promise.withResolvers<void>();
  const forget = desk.onCancel('host-1', () => heard.push('forgotten'));
  forget();
  desk.onCancel('host-1', (beat, reason) => {
    heard.push([beat, reason]);
    if (reason === 'second') done.resolve();
  });
  await link.nc.flush();
  const control = controlOf(owner);
  control.cancel('host-2', beatOf(E0), 'for another');
  control.cancel('no host!', beatOf(E0), 'for nobody');
  control.cancel('host-1', beatOf(E0), 'first');
  for (const rubbish of ['', 'rubbish', '{}']) {
    owner.nc.publish(owner.subjects.host('host-1', 'cancel'), rubbish);
    owner.nc.publish(owner.subjects.host('host-1', 'confirmed'), rubbish);
    owner.nc.publish(`${owner.subjects.root}.host.host-1.unheard-of`, rubbish);
  }
  control.cancel('host-1', beatOf(E1), 'second');
  await done.promise;
  expect(heard).toEqual([
    [beatOf(E0), 'first'],
    [beatOf(E1), 'second'],
  ]);
});

test('a user who may not ask as this role learns so', async () => {
  const config = `authorization { users: [
    { user: "owner", password: "p" },
    { user: "writer", password: "p", permissions: {
      publish: ["troupe.*.rpc.*.writer.>"], subscribe: ["_INBOX_writer.>", "troupe.*.host.>"] } } ] }`;
  const guarded = await natsServerForTest({ config });
  const url = (user: string): string => `nats://${user}:p@127.0.0.1:${guarded.port}`;
  const owner = await linkForTest(url('owner'));
  const { desk: served } = await serve(owner, 0);
  const desk = deskOf(await linkForTest(url('writer')));
  await expect(desk.claim(claimOf(E0))).rejects.toMatchObject({ code: 'NATS_REFUSED' });
  expect((await desk.claim(claimOf(E0, { role: 'writer' }))).kind).toBe('granted');
  expect(served.claims.map(({ role }) => role)).toEqual(['writer']);
});

test('a desk that is closed rejects what it was asked', async () => {
  const { owner, link } = await openLinks();
  const { desk: served } = await serve(owner, 0);
  served.answerClaim = () => new Promise(() => undefined);
  const desk = deskOf(link);
  const failing = expect(desk.claim(claimOf(E0))).rejects.toMatchObject({ code: 'NATS_NOT_ANSWERED' });
  await served.until(({ claims }) => claims.length === 1);
  await desk[Symbol.asyncDispose]();
  await failing;
});
