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
