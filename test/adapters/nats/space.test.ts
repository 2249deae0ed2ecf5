import { expect, onTestFinished, test } from 'vitest';
import { type NatsSpace, openNatsSpace, type SpaceRole } from '../../../src/adapters/nats/space.ts';
import { systemClock } from '../../../src/adapters/system/clock.ts';
import { systemRandom } from '../../../src/adapters/system/random.ts';
import { natsServerForFile, natsServerForTest } from '../../fixtures/nats/server.ts';
import { newNamespace } from './namespaces.ts';

const server = natsServerForFile();

async function open(
  role: SpaceRole,
  namespace: string,
  { url = server().url, partitions = 2 }: { readonly url?: string; readonly partitions?: number } = {},
): Promise<NatsSpace> {
  const space = await openNatsSpace({
    url,
    namespace,
    partitions,
    role,
    clock: systemClock,
    random: systemRandom,
  });
  onTestFinished(() => space.close());
  return space;
}

const startOf = (execution: string) =>
  ({ id: `start-${execution}`, execution, source: 'control', type: 'execution.started', data: {} }) as const;

test.each(['orchestrator', 'client'] as const)(
  '%s makes the namespace; everybody sees the same',
  async (role) => {
    const namespace = newNamespace();
    const made = await open(role, namespace);
    expect(made).toMatchObject({ namespace, partitions: 2 });
    for (const other of ['orchestrator', 'client', 'agent', 'viewer'] as const) {
      expect(await open(other, namespace, { partitions: 2 })).toMatchObject({ id: made.id, partitions: 2 });
    }
  },
);

test.each(['agent', 'viewer'] as const)('%s makes nothing, and is told who does', async (role) => {
  await expect(open(role, newNamespace())).rejects.toMatchObject({
    code: 'NAMESPACE_MISSING',
    hint: expect.stringContaining('troupe up --nats'),
  });
});

test('two namespaces have different ids and share nothing', async () => {
  const [one, other] = [
    await open('orchestrator', newNamespace()),
    await open('orchestrator', newNamespace()),
  ];
  expect(one.id).not.toBe(other.id);
  const log = one.logOf(one.partitionOf('mine'));
  await log.append(startOf('mine'));
  const { $artifact } = await one.artifacts.put(Buffer.from('mine'));
  expect(await other.logOf(one.partitionOf('mine')).executions()).toEqual([]);
  expect(await other.artifacts.has($artifact)).toBe(false);
  expect(await one.tokenKey()).not.toBe(await other.tokenKey());
});

test('an execution is seen through its partition', async () => {
  const namespace = newNamespace();
  const [here, there] = [await open('orchestrator', namespace), await open('viewer', namespace)];
  const executions = ['a', 'b', 'c', 'd'];
  for (const execution of executions) await here.storeOf(execution).log.append(startOf(execution));
  for (const execution of executions) {
    expect(there.storeOf(execution).log).toBe(there.logOf(there.partitionOf(execution)));
    expect(await there.storeOf(execution).log.read(execution)).toHaveLength(1);
  }
  expect(new Set(executions.map((execution) => here.partitionOf(execution))).size).toBe(2);
});

test('the store of an execution is only a view: closing it, twice, closes nothing', async () => {
  const space = await open('orchestrator', newNamespace());
  const store = space.storeOf('one');
  expect(store.dataId).toBe(space.id);
  await store.close();
  await store.close();
  await store.log.append(startOf('one'));
  expect(await space.storeOf('one').log.read('one')).toHaveLength(1);
  expect(await store.processGroups.killLeftovers('one')).toEqual([]);
});

test('a host is off the list as soon as its process closes', async () => {
  const namespace = newNamespace();
  const [here, there] = [await open('orchestrator', namespace), await open('agent', namespace)];
  await there.directory.publish({
    host: 'host-1',
    process: 'p1',
    pid: 1,
    hostname: 'somewhere',
    roles: [],
    startedAt: 1,
    seenAt: 2,
  });
  expect(await here.directory.list()).toHaveLength(1);
  await there.close();
  await there.close();
  expect(await here.directory.list()).toEqual([]);
});

test('silence is measured from what a follower last heard', async () => {
  const space = await open('orchestrator', newNamespace());
  expect(space.partitionOf('a')).toBe(0);
  expect(space.silenceOf(0)).toBe(0);
  const caughtUp = Promise.withResolvers<void>();
  const following = space
    .logOf(0)
    .follow({ fold: () => undefined, durable: () => caughtUp.resolve(), retracted: () => undefined }, 0);
  onTestFinished(() => following.stop());
  await space.storeOf('a').log.append(startOf('a'));
  await caughtUp.promise;
  expect(space.silenceOf(0)).toBeLessThan(10_000);
});

test('a server that is not there, or cannot serve, is told at once', async () => {
  await expect(open('viewer', 'default', { url: 'nats://127.0.0.1:9' })).rejects.toMatchObject({
    code: 'NATS_UNREACHABLE',
  });
  const { url } = await natsServerForTest({ jetStream: false });
  await expect(open('orchestrator', 'default', { url })).rejects.toMatchObject({ code: 'NATS_UNSUITABLE' });
});
