import { AckPolicy } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { beforeEach, describe, expect, test } from 'vitest';
import type { NatsLink } from '../../../../src/adapters/nats/connection.ts';
import { provision } from '../../../../src/adapters/nats/provision.ts';
import { natsServerForFile } from '../../../fixtures/nats/server.ts';
import { contentOf } from './streams.ts';
import { foreignClient, linkOf, NATS_CONF, VARIABLES } from './users.ts';

/**
 * Whoever asks names the place for the answer, and the server does not check whether they may publish there. So permissions do
 * not hold within an account; docs/adr/0013-agents-in-accounts-of-their-own.md.
 */

const server = natsServerForFile({ configFile: NATS_CONF, env: VARIABLES });

let orchestrator: NatsLink;

beforeEach(async () => {
  orchestrator = await linkOf(server(), 'orchestrator');
  await provision(orchestrator);
  const { js, jsm } = orchestrator;
  await js.publish('troupe.default.log.0.e1.control', RECORD);
  await js.publish('$O.TROUPE_default_ARTIFACTS.C.record', RECORD);
  await js.publish('$O.TROUPE_default_ARTIFACTS.C.nothing', '');
  await jsm.consumers.add('TROUPE_default_OFFER', {
    durable_name: 'role-analyst',
    ack_policy: AckPolicy.Explicit,
    filter_subject: 'troupe.default.offer.analyst.>',
  });
});

const RECORD = JSON.stringify({ id: 'forged', type: 'execution.aborted', data: {} });

const CHUNK = '$JS.API.DIRECT.GET.OBJ_TROUPE_default_ARTIFACTS';
const NEXT = '$JS.API.CONSUMER.MSG.NEXT.TROUPE_default_OFFER.role-analyst';
const LOG = 'TROUPE_default_LOG_0';

const chunk = (name: string): string =>
  JSON.stringify({ last_by_subj: `$O.TROUPE_default_ARTIFACTS.C.${name}` });
const NOW_OR_NEVER = JSON.stringify({ batch: 1, no_wait: true });

/** Asks twice: when the second answer is here, the first one has gone where it was sent. */
async function askFor(nc: NatsConnection, place: string, subject: string, content: string): Promise<void> {
  nc.publish(subject, content, { reply: place });
  await nc.request(subject, content, { noMux: true, timeout: 5_000 }).catch(() => undefined);
}

const WAYS: [string, string, string, string][] = [
  ['content of an artifact as a control record', 'troupe.default.log.0.e1.control', CHUNK, chunk('record')],
  ['content of an artifact as an offer', 'troupe.default.offer.analyst.e.s.1', CHUNK, chunk('record')],
  ['content of an artifact as a lease', '$KV.TROUPE_default_LEASES.partition.0', CHUNK, chunk('record')],
  ['an empty chunk as a request to delete a log', `$JS.API.STREAM.DELETE.${LOG}`, CHUNK, chunk('nothing')],
  [
    'an empty chunk as a request to purge offers',
    '$JS.API.STREAM.PURGE.TROUPE_default_OFFER',
    CHUNK,
    chunk('nothing'),
  ],
  [
    'the word that there is no offer as a request to delete a log',
    `$JS.API.STREAM.DELETE.${LOG}`,
    NEXT,
    NOW_OR_NEVER,
  ],
  [
    'that word as a request to purge artifacts',
    '$JS.API.STREAM.PURGE.OBJ_TROUPE_default_ARTIFACTS',
    NEXT,
    NOW_OR_NEVER,
  ],
];

describe('an agent cannot have the server use', () => {
  test.for(WAYS)('%s', async ([, place, subject, content]) => {
    const { nc } = await foreignClient(server(), 'agent');
    const before = await contentOf(orchestrator);
    await askFor(nc, place, subject, content);
    await askFor(nc, place.replace('$JS.API.', 'jetstream.'), subject, content);
    expect(await contentOf(orchestrator)).toEqual(before);
  });

  test('offers that are pushed into the log, or to the API', async () => {
    const { nc } = await foreignClient(server(), 'agent');
    for (const [role, place] of [
      ['critic', 'troupe.default.log.0.e1.control'],
      ['editor', `$JS.API.STREAM.PURGE.OBJ_TROUPE_default_ARTIFACTS`],
    ]) {
      const filter_subject = `troupe.default.offer.${role}.>`;
      const config = {
        durable_name: `role-${role}`,
        deliver_subject: place,
        ack_policy: 'none',
        filter_subject,
      };
      const content = JSON.stringify({ stream_name: 'TROUPE_default_OFFER', config });
      await nc.request(
        `$JS.API.CONSUMER.CREATE.TROUPE_default_OFFER.role-${role}.${filter_subject}`,
        content,
      );
      await orchestrator.js.publish(`troupe.default.offer.${role}.e1.s1.1`, RECORD);
    }
    const before = await contentOf(orchestrator);
    await nc.request(NEXT, NOW_OR_NEVER, { noMux: true, timeout: 5_000 });
    expect(await contentOf(orchestrator)).toEqual(before);
  });
});

test('within an account every one of these ways is open', async () => {
  const { nc } = await foreignClient(server(), 'orchestrator');
  for (const [, place, subject, content] of WAYS) {
    await orchestrator.js.publish('troupe.default.offer.critic.e1.s1.1', RECORD);
    const before = await contentOf(orchestrator);
    const hasLog = async (): Promise<boolean> =>
      orchestrator.jsm.streams.info(LOG).then(
        () => true,
        () => false,
      );
    await askFor(nc, place, subject, content);
    if (await hasLog()) expect.soft(await contentOf(orchestrator), place).not.toEqual(before);
    else await provision(orchestrator);
  }
});
