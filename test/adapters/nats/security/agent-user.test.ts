import { headers, type NatsConnection } from '@nats-io/transport-node';
import { beforeEach, describe, expect, test } from 'vitest';
import type { NatsLink } from '../../../../src/adapters/nats/connection.ts';
import { provision } from '../../../../src/adapters/nats/provision.ts';
import { natsServerForFile } from '../../../fixtures/nats/server.ts';
import { contentOf } from './streams.ts';
import { foreignClient, linkOf, NATS_CONF, type Refusals, VARIABLES } from './users.ts';

/** What the user `agent` of nats.conf may do and may not, with a client that knows nothing of Troupe but its subjects. */

const server = natsServerForFile({ configFile: NATS_CONF, env: VARIABLES });

let orchestrator: NatsLink;
let nc: NatsConnection;
let refusals: Refusals;

beforeEach(async () => {
  orchestrator = await linkOf(server(), 'orchestrator');
  await provision(orchestrator);
  ({ nc, refusals } = await foreignClient(server(), 'agent'));
});

async function ask(subject: string, content: object | string = ''): Promise<Record<string, unknown>> {
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  return (await nc.request(subject, text)).json();
}

const OFFER = 'troupe.default.offer.analyst.e1.s1.1';
const RECORD = JSON.stringify({ id: 'r1', type: 'execution.aborted', data: {} });

describe('may', () => {
  test('take offers, claim, report and hear what it is told', async () => {
    const consumer = 'TROUPE_default_OFFER.role-analyst';
    const made = await ask(`$JS.API.CONSUMER.CREATE.${consumer}.troupe.default.offer.analyst.>`, {
      stream_name: 'TROUPE_default_OFFER',
      config: {
        durable_name: 'role-analyst',
        filter_subject: 'troupe.default.offer.analyst.>',
        ack_policy: 'explicit',
      },
    });
    expect(made).toMatchObject({ name: 'role-analyst' });
    await orchestrator.js.publish(OFFER, '{"execution":"e1"}');
    // The offer comes under its own subject, on an inbox for this request alone.
    const alone = { noMux: true, timeout: 5_000 };
    const offer = await nc.request(`$JS.API.CONSUMER.MSG.NEXT.${consumer}`, '{"batch":1}', alone);
    expect(offer.json()).toEqual({ execution: 'e1' });
    await nc.request(offer.reply ?? '', '+ACK');
    const left = await orchestrator.jsm.streams.info('TROUPE_default_OFFER');
    expect(left.state.messages).toBe(0);

    orchestrator.nc.subscribe('troupe.default.rpc.3.*.*.claim', {
      callback: (_, message) => void message.respond('{"kind":"refused","reason":"no"}'),
    });
    await orchestrator.nc.flush();
    expect(await ask('troupe.default.rpc.3.analyst.host1.claim')).toEqual({ kind: 'refused', reason: 'no' });

    const written = await ask('troupe.default.log.3.e1.agent.analyst', RECORD);
    expect(written).toMatchObject({ stream: 'TROUPE_default_LOG_3' });

    const told = nc.subscribe('troupe.default.host.host1.*', { max: 1 });
    await nc.flush();
    orchestrator.nc.publish('troupe.default.host.host1.confirmed', '{"reports":["r1"]}');
    for await (const message of told) expect(message.json()).toEqual({ reports: ['r1'] });
    expect(refusals.seen).toEqual([]);
  });

  test('say that it is there and how far it is, and store and read artifacts', async () => {
    const heard = orchestrator.nc.subscribe('troupe.default.live.*.*', { max: 1 });
    await orchestrator.nc.flush();
    nc.publish('troupe.default.live.e1.s1', '{"progress":1}');
    for await (const message of heard) expect(message.json()).toEqual({ progress: 1 });

    expect(await ask('$KV.TROUPE_default_AGENTS.host1', '{}')).toMatchObject({ seq: expect.any(Number) });
    expect(await ask('$O.TROUPE_default_ARTIFACTS.C.c1', 'bytes')).toMatchObject({ seq: expect.any(Number) });
    expect(await ask('$O.TROUPE_default_ARTIFACTS.M.ZQ==', '{}')).toMatchObject({ seq: expect.any(Number) });
    const store = 'OBJ_TROUPE_default_ARTIFACTS';
    const chunk = await nc.request(
      `$JS.API.DIRECT.GET.${store}`,
      '{"last_by_subj":"$O.TROUPE_default_ARTIFACTS.C.c1"}',
    );
    expect(chunk.string()).toBe('bytes');
    const entry = await ask(`$JS.API.STREAM.MSG.GET.${store}`, {
      last_by_subj: '$O.TROUPE_default_ARTIFACTS.M.ZQ==',
    });
    expect(entry).toHaveProperty('message');
    const meta = await ask('$JS.API.STREAM.MSG.GET.KV_TROUPE_default_META', {
      last_by_subj: '$KV.TROUPE_default_META.namespace',
    });
    expect(meta).toHaveProperty('message');
    expect(refusals.seen).toEqual([]);
  });
});

describe('may not write', () => {
  const forbidden = [
    ['a control record', 'troupe.default.log.0.e1.control'],
    ['a record of the engine', 'troupe.default.log.0.e1.engine'],
    ['a report of nobody', 'troupe.default.log.0.e1.agent'],
    ["a record of another namespace's log", 'troupe.lab.log.0.e1.agent.analyst'],
    ['an offer', 'troupe.default.offer.analyst.e1.s1.9'],
    ['a lease', '$KV.TROUPE_default_LEASES.partition.0'],
    ['a member', '$KV.TROUPE_default_MEMBERS.p1'],
    ['the key of the tokens', '$KV.TROUPE_default_SECRETS.token-key'],
    ['what the namespace says of itself', '$KV.TROUPE_default_META.namespace'],
    ['a cached output', '$KV.TROUPE_default_CACHE.k1'],
    ['a snapshot', '$O.TROUPE_default_SNAPSHOTS.M.ZQ=='],
    ['an artifact of another namespace', '$O.TROUPE_lab_ARTIFACTS.M.ZQ=='],
    ['the presence of a host of another namespace', '$KV.TROUPE_lab_AGENTS.host1'],
    ['a cancel to a host', 'troupe.default.host.host2.cancel'],
    ['a confirmation to a host', 'troupe.default.host.host2.confirmed'],
    ['an event', 'troupe.default.event.e1.execution-complete'],
    ["an answer into another's inbox", '_INBOX_orchestrator.x.1'],
    ['a claim in another namespace', 'troupe.lab.rpc.0.analyst.host1.claim'],
    ['an acknowledgement of a record', '$JS.ACK.TROUPE_default_LOG_0.c.1.1.1.1.0'],
  ];

  test.for(forbidden)('%s', async ([, subject]) => {
    const before = await contentOf(orchestrator);
    nc.publish(subject as string, RECORD);
    expect(await refusals.next()).toBe(`publish ${subject}`);
    expect(await contentOf(orchestrator)).toEqual(before);
  });

  test('anything with headers that would take away what is there', async () => {
    await ask('troupe.default.log.3.e1.agent.analyst', RECORD);
    await ask('$O.TROUPE_default_ARTIFACTS.M.YQ==', '{}');
    await ask('$KV.TROUPE_default_AGENTS.host2', '{}');
    const subjects = [
      'troupe.default.log.3.e1.agent.analyst',
      '$O.TROUPE_default_ARTIFACTS.M.YQ==',
      '$KV.TROUPE_default_AGENTS.host2',
    ];
    const before = await contentOf(orchestrator);
    for (const extent of ['all', 'sub']) {
      const rollup = headers();
      rollup.set('Nats-Rollup', extent);
      for (const subject of subjects) {
        const { error } = (await nc.request(subject, RECORD, { headers: rollup, timeout: 5_000 })).json<{
          error?: object;
        }>();
        expect(error).toMatchObject({ description: expect.stringContaining('rollup not permitted') });
      }
    }
    expect(await contentOf(orchestrator)).toEqual(before);
  });
});

describe('may not hear', () => {
  const forbidden = [
    '>',
    'troupe.>',
    'troupe.default.log.>',
    'troupe.default.rpc.>',
    'troupe.default.offer.>',
    'troupe.default.live.>',
    'troupe.lab.>',
    'troupe.lab.host.host1.*',
    '_INBOX.>',
    '_INBOX_orchestrator.>',
    '_INBOX_viewer.>',
    '$JS.>',
    'jetstream.>',
    '$KV.>',
    '$SYS.>',
  ];

  test.for(forbidden)('%s', async (subject) => {
    nc.subscribe(subject, { callback: () => undefined });
    expect(await refusals.next()).toBe(`subscription ${subject}`);
  });
});

describe('may not have the streams', () => {
  test('make a namespace, and is told so', async () => {
    const link = await linkOf(server(), 'agent');
    await expect(provision(link)).rejects.toMatchObject({
      code: 'NATS_UNREACHABLE',
      message: expect.stringContaining('this user may not make the namespace default'),
    });
  });

  const log = 'TROUPE_default_LOG_0';
  const requests: [string, string, object?][] = [
    ['emptied', `STREAM.PURGE.${log}`],
    ['emptied of offers', 'STREAM.PURGE.TROUPE_default_OFFER'],
    ['emptied of artifacts', 'STREAM.PURGE.OBJ_TROUPE_default_ARTIFACTS'],
    ['deleted', `STREAM.DELETE.${log}`],
    ['robbed of a record', `STREAM.MSG.DELETE.${log}`, { seq: 1 }],
    ['robbed of an artifact', 'STREAM.MSG.DELETE.OBJ_TROUPE_default_ARTIFACTS', { seq: 1 }],
    ['changed', `STREAM.UPDATE.${log}`, { name: log, subjects: ['nowhere'] }],
    ['added to', 'STREAM.CREATE.EVIL', { name: 'EVIL', subjects: ['troupe.default.rpc.>'] }],
    ['described', `STREAM.INFO.${log}`],
    ['listed', 'STREAM.NAMES'],
    ['copied', `STREAM.SNAPSHOT.${log}`, { deliver_subject: '_INBOX_agent.copy' }],
    ['read by position', `STREAM.MSG.GET.${log}`, { seq: 1 }],
    ['read by subject', `DIRECT.GET.${log}.troupe.default.log.0.e1.control`],
    [
      'read by a consumer',
      `CONSUMER.CREATE.${log}`,
      { stream_name: log, config: { deliver_subject: '_INBOX_agent.x' } },
    ],
    ['read for their secrets', 'STREAM.MSG.GET.KV_TROUPE_default_SECRETS', { seq: 1 }],
    ['read in another namespace', 'STREAM.MSG.GET.OBJ_TROUPE_lab_ARTIFACTS', { seq: 1 }],
    [
      'asked for offers of another namespace',
      'CONSUMER.MSG.NEXT.TROUPE_lab_OFFER.role-analyst',
      { batch: 1 },
    ],
    ['freed of a consumer', 'CONSUMER.DELETE.TROUPE_default_OFFER.role-analyst'],
  ];

  beforeEach(async () => {
    await orchestrator.js.publish('troupe.default.log.0.e1.control', RECORD);
    await orchestrator.js.publish('$KV.TROUPE_default_SECRETS.token-key', 'canary-of-the-key');
    await orchestrator.jsm.consumers.add('TROUPE_default_OFFER', {
      durable_name: 'role-analyst',
      ack_policy: 'explicit',
      filter_subject: 'troupe.default.offer.analyst.>',
    });
  });

  test.for(requests)('%s', async ([, request, content]) => {
    const before = await contentOf(orchestrator);
    const answer = await nc
      .request(`$JS.API.${request}`, JSON.stringify(content ?? {}), { timeout: 5_000 })
      .then((message) => message.string(), String);
    expect(answer).toMatch(/no responders/i);
    expect(await contentOf(orchestrator)).toEqual(before);
  });

  test('with offers of several roles at once', async () => {
    const config = { durable_name: 'role-all', ack_policy: 'explicit' };
    const create = '$JS.API.CONSUMER.CREATE.TROUPE_default_OFFER';
    const tries: [string, object][] = [
      // The filter that the subject says, and another one in the content.
      [
        `${create}.role-all.troupe.default.offer.analyst.>`,
        { ...config, filter_subject: 'troupe.default.offer.>' },
      ],
      [`${create}.role-all.troupe.default.offer.analyst.>`, config],
      [`${create}.role-all.troupe.default.offer.>`, { ...config, filter_subject: 'troupe.default.offer.>' }],
      [`${create}.role-all`, config],
    ];
    for (const [subject, asked] of tries) {
      const content = JSON.stringify({ stream_name: 'TROUPE_default_OFFER', config: asked });
      const answer = await nc
        .request(subject, content, { timeout: 5_000 })
        .then((message) => message.string(), String);
      expect(answer).toMatch(/no responders|"error"/i);
    }
    const { state } = await orchestrator.jsm.streams.info('TROUPE_default_OFFER');
    expect(state.consumer_count).toBe(1);
  });
});
