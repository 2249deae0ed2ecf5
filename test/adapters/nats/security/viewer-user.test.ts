import { expect, test } from 'vitest';
import type { LogRecord, NewRecord } from '../../../../src/ports/event-log.ts';
import { natsServerForFile } from '../../../fixtures/nats/server.ts';
import { spaceOf } from './spaces.ts';
import { contentOf } from './streams.ts';
import { foreignClient, linkOf, NATS_CONF, VARIABLES } from './users.ts';

const server = natsServerForFile({ configFile: NATS_CONF, env: VARIABLES });

const record = (execution: string, id: string): NewRecord => ({
  id,
  execution,
  source: 'control',
  type: 'execution.started',
  data: {},
});

test('it reads executions, follows them, and sees who is there', async () => {
  const { space: owner } = await spaceOf(server(), 'orchestrator', 'orchestrator');
  const { space: viewer, errors } = await spaceOf(server(), 'viewer', 'viewer');
  const executions = Array.from({ length: 20 }, (_, index) => `e${index}`);
  for (const execution of executions)
    await owner.storeOf(execution).log.append(record(execution, `r-${execution}`));

  for (const execution of executions) {
    expect(await viewer.storeOf(execution).log.read(execution)).toHaveLength(1);
  }
  const listed = await Promise.all(
    Array.from({ length: viewer.partitions }, (_, partition) => viewer.logOf(partition).executions()),
  );
  expect(
    listed
      .flat()
      .map(({ execution }) => execution)
      .sort(),
  ).toEqual(executions.sort());

  const { log } = viewer.storeOf('e1');
  const followed: LogRecord[] = [];
  const { promise: isThere, resolve } = Promise.withResolvers<void>();
  await using _ = log.follow(
    {
      fold: (records) => {
        followed.push(...records);
        if (followed.some(({ id }) => id === 'later')) resolve();
      },
      durable: () => undefined,
      retracted: () => undefined,
    },
    0,
    { execution: 'e1' },
  );
  await owner.storeOf('e1').log.append(record('e1', 'later'));
  await isThere;
  expect(followed.map(({ id }) => id)).toEqual(['r-e1', 'later']);

  const holder = { process: 'p1', pid: 1, hostname: 'here', startedAt: 0 };
  const partition = viewer.partitionOf('e1');
  await owner.leases.put('member.p1', { holder, beat: 1 });
  await owner.leases.put(`partition.${partition}`, { holder, beat: 1 });
  expect(await viewer.storeOf('e1').ownership.ownerOf('e1')).toMatchObject({ process: 'p1' });

  const host = { host: 'h1', process: 'p2', pid: 2, hostname: 'there', startedAt: 0, seenAt: 0, roles: [] };
  await owner.directory.publish(host);
  expect(await viewer.directory.list()).toMatchObject([{ host: 'h1' }]);
  expect(errors).toEqual([]);
});

test('it reads artifacts and snapshots', async () => {
  const { space: owner } = await spaceOf(server(), 'orchestrator', 'orchestrator');
  const { space: viewer, errors } = await spaceOf(server(), 'viewer', 'viewer');
  const bytes = Buffer.alloc(1_500_000, 'x');
  const { $artifact } = await owner.artifacts.put(bytes);
  expect(Buffer.compare(await viewer.artifacts.get($artifact), bytes)).toBe(0);
  expect(await viewer.snapshots.latest('e1')).toBeUndefined();
  expect(errors).toEqual([]);
});

test('it hears what agents say while they work, and what happens', async () => {
  const { space: owner } = await spaceOf(server(), 'orchestrator', 'orchestrator');
  const { space: agent } = await spaceOf(server(), 'agent', 'agent');
  const { space: viewer, errors } = await spaceOf(server(), 'viewer', 'viewer');
  const progress = Promise.withResolvers<unknown>();
  const event = Promise.withResolvers<unknown>();
  viewer.live.listen('e1', progress.resolve);
  viewer.listen('e1', (_, data) => event.resolve(data));
  // An answer to the viewer comes after its subscriptions have reached the server.
  await viewer.directory.list();
  agent.live.publish({ execution: 'e1', step: 's1', attempt: 1, agent: 'a1', progress: 'half' });
  owner.notify('e1', 'execution:start', { is: 'told' });
  expect(await progress.promise).toMatchObject({ progress: 'half' });
  expect(await event.promise).toEqual({ is: 'told' });
  expect(errors).toEqual([]);
});

test.for([
  ['a record', 'troupe.default.log.0.e1.control'],
  ['a report', 'troupe.default.log.0.e1.agent.analyst'],
  ['a claim', 'troupe.default.rpc.0.analyst.host1.claim'],
  ['an offer', 'troupe.default.offer.analyst.e1.s1.1'],
  ['progress', 'troupe.default.live.e1.s1'],
  ['a cancel', 'troupe.default.host.host1.cancel'],
  ['a lease', '$KV.TROUPE_default_LEASES.partition.0'],
  ['presence', '$KV.TROUPE_default_AGENTS.host1'],
  ['an artifact', '$O.TROUPE_default_ARTIFACTS.M.ZQ=='],
  ['a request to empty a log', 'jetstream.STREAM.PURGE.TROUPE_default_LOG_0'],
  ['a request to delete a log', 'jetstream.STREAM.DELETE.TROUPE_default_LOG_0'],
  ['a request for a secret', 'jetstream.STREAM.MSG.GET.KV_TROUPE_default_SECRETS'],
  ['a request for a secret, read directly', 'jetstream.DIRECT.GET.KV_TROUPE_default_SECRETS'],
  ["a request for another namespace's log", 'jetstream.STREAM.MSG.GET.TROUPE_lab_LOG_0'],
  ['a request for offers', 'jetstream.CONSUMER.MSG.NEXT.TROUPE_default_OFFER.role-analyst'],
  ['a consumer that takes offers', 'jetstream.CONSUMER.CREATE.TROUPE_default_OFFER'],
] as const)('it may not send %s', async ([, subject]) => {
  await spaceOf(server(), 'orchestrator', 'orchestrator');
  const orchestrator = await linkOf(server(), 'orchestrator');
  const before = await contentOf(orchestrator);
  const { nc, refusals } = await foreignClient(server(), 'viewer');
  nc.publish(subject.replace(/^jetstream\./, '$JS.API.'), '{}');
  expect(await refusals.next()).toBe(`publish ${subject}`);
  expect(await contentOf(orchestrator)).toEqual(before);
});

test.for(['>', 'troupe.default.log.>', 'troupe.default.rpc.>', 'troupe.default.host.>', '_INBOX_agent.>'])(
  'it may not listen to %s',
  async (subject) => {
    const { nc, refusals } = await foreignClient(server(), 'viewer');
    nc.subscribe(subject, { callback: () => undefined });
    expect(await refusals.next()).toBe(`subscription ${subject}`);
  },
);

test('it may not open another namespace, and is told so', async () => {
  await expect(spaceOf(server(), 'viewer', 'viewer', 'lab')).rejects.toMatchObject({
    code: 'NATS_REFUSED',
    message: expect.stringContaining('this user may not open the namespace lab'),
  });
});
