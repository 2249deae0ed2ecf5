import { beforeEach, expect, test } from 'vitest';
import { natsServerForFile } from '../../../fixtures/nats/server.ts';
import { spaceOf } from './spaces.ts';
import { ROLES } from './stage.ts';
import { foreignClient } from './users.ts';

/** What the users of examples/nats/roles.conf, one for each host, keep from each other. */

const server = natsServerForFile(ROLES);

beforeEach(async () => {
  await spaceOf(server(), 'orchestrator', 'orchestrator');
});

test.for([
  ['critic-1', '_INBOX_analyst-1.>'],
  ['critic-1', 'troupe.default.host.analyst-1.*'],
  ['analyst-2', '_INBOX_analyst-1.>'],
  ['analyst-2', 'troupe.default.host.analyst-1.*'],
  ['analyst-2', 'troupe.default.rpc.*.analyst.analyst-1.claim'],
  ['analyst-2', 'troupe.default.log.>'],
] as const)('%s may not listen to %s', async ([user, subject]) => {
  const { nc, refusals } = await foreignClient(server(), user);
  nc.subscribe(subject, { callback: () => undefined });
  expect(await refusals.next()).toBe(`subscription ${subject}`);
});

test.for([
  ['critic-1', 'the presence of another host', '$KV.TROUPE_default_AGENTS.analyst-1'],
  ['critic-1', "another role's offers, acknowledged", '$JS.ACK.TROUPE_default_OFFER.role-analyst.1.1.1.1.0'],
  ['critic-1', "a claim in another role's name", 'troupe.default.rpc.0.analyst.analyst-1.claim'],
  ['analyst-2', "a claim in another host's name", 'troupe.default.rpc.0.analyst.analyst-1.claim'],
  ['analyst-2', "a heartbeat in another host's name", 'troupe.default.rpc.0.analyst.analyst-1.heartbeat'],
  ['analyst-2', 'a cancel to another host', 'troupe.default.host.analyst-1.cancel'],
] as const)('%s: %s', async ([user, , subject]) => {
  const { nc, refusals } = await foreignClient(server(), user);
  nc.publish(subject, '{}');
  expect(await refusals.next()).toBe(`publish ${subject}`);
});

test("critic-1: another role's offers, asked for or with a consumer of its own", async () => {
  const { nc } = await foreignClient(server(), 'critic-1');
  const stream = 'TROUPE_default_OFFER';
  const filter_subject = 'troupe.default.offer.analyst.>';
  const config = { durable_name: 'role-critic', filter_subject, ack_policy: 'explicit' };
  for (const request of [
    `CONSUMER.MSG.NEXT.${stream}.role-analyst`,
    `CONSUMER.CREATE.${stream}.role-analyst.${filter_subject}`,
    `CONSUMER.CREATE.${stream}.role-critic.${filter_subject}`,
  ]) {
    const asked = nc.request(`$JS.API.${request}`, JSON.stringify({ stream_name: stream, config }), {
      timeout: 5_000,
      noMux: true,
    });
    await expect(asked).rejects.toThrow(/no responders/i);
  }
});
