import { join } from 'node:path';
import { expect, test } from 'vitest';
import { provision } from '../../../../src/adapters/nats/provision.ts';
import { natsServerForFile } from '../../../fixtures/nats/server.ts';
import { spaceOf } from './spaces.ts';
import { contentOf } from './streams.ts';
import { EXAMPLES, foreignClient, linkOf } from './users.ts';

/** The two namespaces of examples/nats/namespaces.conf. */

const server = natsServerForFile({
  configFile: join(EXAMPLES, 'namespaces.conf'),
  env: {
    ORCHESTRATOR_PASSWORD: 'orchestrator-password',
    AGENT_PASSWORD: 'agent-password',
    ORCHESTRATOR_LAB_PASSWORD: 'orchestrator-lab-password',
    AGENT_LAB_PASSWORD: 'agent-lab-password',
  },
});

test('both are whole, and each has its own', async () => {
  const { space } = await spaceOf(server(), 'orchestrator', 'orchestrator');
  const { space: lab } = await spaceOf(server(), 'orchestrator-lab', 'orchestrator', 'lab');
  const { space: agent, errors } = await spaceOf(server(), 'agent', 'agent');
  const { space: labAgent } = await spaceOf(server(), 'agent-lab', 'agent', 'lab');
  const { $artifact } = await agent.artifacts.put(Buffer.from('of the default namespace'));
  expect(await space.artifacts.has($artifact)).toBe(true);
  expect(await lab.artifacts.has($artifact)).toBe(false);
  expect(await labAgent.artifacts.has($artifact)).toBe(false);
  const { $artifact: other } = await labAgent.artifacts.put(Buffer.from('of the lab'));
  expect(await lab.artifacts.has(other)).toBe(true);
  expect(errors).toEqual([]);
});

test('nobody opens a namespace with the credentials of the other', async () => {
  await spaceOf(server(), 'orchestrator', 'orchestrator');
  await spaceOf(server(), 'orchestrator-lab', 'orchestrator', 'lab');
  const lab = await linkOf(server(), 'orchestrator-lab', { namespace: 'lab' });
  const before = await contentOf(lab);
  await expect(spaceOf(server(), 'agent', 'agent', 'lab')).rejects.toMatchObject(mayNotOpen('lab'));
  await expect(spaceOf(server(), 'agent-lab', 'agent')).rejects.toMatchObject(mayNotOpen('default'));
  // Streams of that name in another account are other streams, and nobody there may speak on their subjects.
  const astray = await linkOf(server(), 'orchestrator', { namespace: 'lab' });
  await expect(provision(astray, { partitions: 1 })).rejects.toMatchObject({ code: 'NATS_REFUSED' });
  const { refusals, nc } = await foreignClient(server(), 'orchestrator');
  nc.publish('troupe.lab.log.0.e1.control', '{}');
  expect(await refusals.next()).toBe('publish troupe.lab.log.0.e1.control');
  expect(await contentOf(lab)).toEqual(before);
});

function mayNotOpen(namespace: string) {
  const message = expect.stringContaining(`JetStream does not answer for the namespace ${namespace}`);
  return { code: 'NATS_UNREACHABLE', message };
}

test('what one namespace says, nobody in the other hears', async () => {
  const { nc: speaker } = await foreignClient(server(), 'orchestrator-lab');
  const { nc: listener, refusals } = await foreignClient(server(), 'orchestrator');
  const heard: string[] = [];
  for (const subject of ['troupe.>', 'troupe.default.>']) {
    listener.subscribe(subject, {
      callback: (error, message) => {
        if (error === null) heard.push(message.subject);
      },
    });
  }
  expect(await refusals.next()).toBe('subscription troupe.>');
  speaker.publish('troupe.lab.event.e1.x');
  await speaker.flush();
  listener.publish('troupe.default.event.e1.x');
  await listener.flush();
  expect(heard).toEqual(['troupe.default.event.e1.x']);
});
