import { readFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { type NatsSpace, openNatsSpace, type SpaceRole } from '../../../src/adapters/nats/space.ts';
import { systemClock } from '../../../src/adapters/system/clock.ts';
import { systemRandom } from '../../../src/adapters/system/random.ts';
import { natsServerForFile } from '../../fixtures/nats/server.ts';
import { NATS_CONF, urlOf, VARIABLES } from './security/users.ts';

for (const [name, value] of Object.entries(VARIABLES)) process.env[name] = value;
const server = natsServerForFile({ config: readFileSync(NATS_CONF, 'utf8') });

/** As one of the users of the configuration that ships. */
async function openAs(user: 'orchestrator' | 'agent' | 'viewer', role: SpaceRole = user): Promise<NatsSpace> {
  const url = urlOf(server(), user);
  const space = await openNatsSpace({ url, role, clock: systemClock, random: systemRandom });
  onTestFinished(() => space.close());
  return space;
}

const presence = {
  host: 'host-1',
  process: 'p1',
  pid: 1,
  hostname: 'somewhere',
  roles: [{ role: 'writer', concurrency: 1, busy: 0 }],
  startedAt: 1,
  seenAt: 2,
};

test('what an agent needs of a namespace, its user may do', async () => {
  const orchestrator = await openAs('orchestrator');
  const agent = await openAs('agent');
  await agent.directory.publish(presence);
  expect(await orchestrator.directory.list()).toEqual([presence]);
  for (const content of [Buffer.from('small'), Buffer.alloc(1_300_000, 'large')]) {
    const { $artifact } = await agent.artifacts.put(content);
    expect(await agent.artifacts.has($artifact)).toBe(true);
    expect(Buffer.compare(await agent.artifacts.get($artifact), content)).toBe(0);
    expect(Buffer.compare(await orchestrator.artifacts.get($artifact), content)).toBe(0);
  }
  await agent.directory.withdraw('host-1');
  expect(await orchestrator.directory.list()).toEqual([]);
});

test('what a viewer looks at, its user may read', async () => {
  const orchestrator = await openAs('orchestrator');
  const viewer = await openAs('viewer');
  const { self } = orchestrator.storeOf('one').ownership;
  const partition = orchestrator.partitionOf('one');
  await orchestrator.leases.put(`member.${self.process}`, { holder: self, beat: 1 });
  await orchestrator.leases.put(`partition.${partition}`, { holder: self, beat: 1 });
  await orchestrator.snapshots.put({ execution: 'one', position: 3, body: '{}' });
  await orchestrator.directory.publish(presence);
  const { $artifact } = await orchestrator.artifacts.put(Buffer.from('seen'));
  const store = viewer.storeOf('one');
  expect(await store.ownership.ownerOf('one')).toEqual(self);
  expect(await store.snapshots.latest('one')).toEqual({ execution: 'one', position: 3, body: '{}' });
  expect(await store.directory.list()).toEqual([presence]);
  expect(Buffer.from(await store.artifacts.get($artifact)).toString()).toBe('seen');
});

test('a client needs no right to make a namespace that is there', async () => {
  const { id } = await openAs('orchestrator');
  expect(await openAs('viewer', 'client')).toMatchObject({ id });
});
