import { hash } from 'node:crypto';
import { expect, test } from 'vitest';
import type { AttemptReport } from '../../src/ports/agent-request.ts';
import type { NextRequest } from '../../src/ports/claim-desk.ts';
import type { ServedDesk } from '../../src/ports/partition-space.ts';
import { agentStep, phase, task } from '../engine/open-world.ts';
import { Cluster } from './cluster.ts';

const chain = task([
  phase('first', [agentStep('one')]),
  phase('second', [agentStep('two')], { dependsOn: ['first'] }),
]);
const TOKEN = 'made by the host';
const NEXT = { claimId: 'next-1', tokenDigest: hash('sha256', TOKEN) };
const ABOUT = { execution: 'e1', attempt: 1, role: 'worker' } as const;

/** An orchestrator that has started the chain, whose first step the host "h1" holds; and the report that ends it. */
async function openChain(): Promise<{ cluster: Cluster; report: AttemptReport; fence: number }> {
  const cluster = new Cluster();
  await cluster.orchestrator('a');
  await cluster.submit('e1', chain);
  const claim = cluster.deskOf('h1').claim({ ...ABOUT, step: 'one', claimId: 'claim-1', host: 'h1' });
  await cluster.settle();
  const granted = await claim;
  if (granted.kind === 'refused') throw new Error(granted.reason);
  const { fence, token } = granted;
  const result = { kind: 'succeeded', output: 1, durationMs: 1 } as const;
  return {
    cluster,
    fence,
    report: { ...ABOUT, reportId: 'r1', step: 'one', fence, token, result, next: NEXT },
  };
}

async function say(cluster: Cluster, host: string, report: AttemptReport): Promise<void> {
  await cluster.deskOf(host).report(report);
  await cluster.settle();
}

/** Claims in the log, of the second step. */
async function claimsOfTwo(cluster: Cluster): Promise<readonly unknown[]> {
  const claims = (await cluster.records('e1')).filter(({ type }) => type === 'step.claimed');
  return claims.map(({ data }) => data).filter((data) => (data as { step: string }).step === 'two');
}

function servedDesk(cluster: Cluster): ServedDesk {
  const [desk] = cluster.desks[cluster.partitionOf('e1')] ?? [];
  if (desk === undefined) throw new Error('nobody serves the partition');
  return desk;
}

const asking = (fence: number, about: Partial<NextRequest> = {}): NextRequest => ({
  execution: 'e1',
  role: 'worker',
  host: 'h1',
  ...NEXT,
  after: { step: 'one', attempt: 1, fence },
  ...about,
});

test('what follows a report that asks for it is claimed for its host, and not offered', async () => {
  const { cluster, report } = await openChain();
  await say(cluster, 'h1', report);
  expect(await claimsOfTwo(cluster)).toEqual([
    { step: 'two', attempt: 1, host: 'h1', role: 'worker', leaseMs: 10_000, ...NEXT },
  ]);
  expect(cluster.queued).not.toContain('e1/two/1');
  const [told] = cluster.grants.get('r1') ?? [];
  expect(told).toMatchObject({ host: 'h1', grant: { step: 'two', attempt: 1, claimId: 'next-1' } });
  expect(JSON.stringify(told)).not.toContain('token');

  const fence = told?.grant.fence ?? 0;
  const { next: _, ...last } = { ...report, reportId: 'r2', step: 'two', fence, token: TOKEN };
  await say(cluster, 'h1', last);
  expect((await cluster.fold('e1'))?.status).toBe('completed');
});

test('a report that nothing follows is confirmed alone', async () => {
  const { cluster, report } = await openChain();
  await say(cluster, 'h1', report);
  const fence = cluster.grants.get('r1')?.[0]?.grant.fence ?? 0;
  await say(cluster, 'h1', {
    ...report,
    reportId: 'r2',
    step: 'two',
    fence,
    token: TOKEN,
    next: { ...NEXT, claimId: 'next-2' },
  });
  expect(cluster.confirmed).toContain('r2');
  expect(cluster.grants.has('r2')).toBe(false);
  const asked = asking(fence, { claimId: 'next-2', after: { step: 'two', attempt: 1, fence } });
  expect(await servedDesk(cluster).next(asked)).toMatchObject({ kind: 'refused' });
});

test('a grant that was lost is told again: to a report that comes again, and to a host that asks', async () => {
  const { cluster, report, fence } = await openChain();
  expect(await servedDesk(cluster).next(asking(fence))).toBeUndefined();
  await say(cluster, 'h1', report);
  await say(cluster, 'h1', report);
  const [first, second] = cluster.grants.get('r1') ?? [];
  expect(second).toEqual(first);
  expect(await servedDesk(cluster).next(asking(fence))).toEqual(first?.grant);
  expect(await claimsOfTwo(cluster)).toHaveLength(1);
});

test('it is told to the next owner’s hosts, who did not make it', async () => {
  const { cluster, report, fence } = await openChain();
  await say(cluster, 'h1', report);
  const grant = cluster.grants.get('r1')?.[0]?.grant;
  const { orchestrator } = await cluster.orchestrator('b', { isGone: ({ process }) => process === 'a' });
  await cluster.advance(500);
  expect(orchestrator.held).toHaveLength(4);
  const desks = [...(cluster.desks[cluster.partitionOf('e1')] ?? [])];
  expect(await desks.at(-1)?.next(asking(fence))).toEqual(grant);
});

test('nobody else is told of it, and nobody without its token', async () => {
  const { cluster, report, fence } = await openChain();
  await say(cluster, 'h1', report);
  for (const about of [{ host: 'h2' }, { tokenDigest: hash('sha256', 'guessed') }, { claimId: 'another' }])
    expect(await servedDesk(cluster).next(asking(fence, about))).toMatchObject({ kind: 'refused' });
});

test.for<[string, Partial<AttemptReport>, string]>([
  ['in the name of a host that did not hold the claim', {}, 'h2'],
  ['with what is no digest', { next: { ...NEXT, tokenDigest: 'secret' } }, 'h1'],
  ['with what is no id', { next: { ...NEXT, claimId: 'no id!' } }, 'h1'],
])('a report that asks %s is taken, and what follows is offered', async ([, about, host]) => {
  const { cluster, report } = await openChain();
  await say(cluster, host, { ...report, ...about });
  expect(await claimsOfTwo(cluster)).toEqual([]);
  expect(cluster.queued).toContain('e1/two/1');
  expect(cluster.confirmed).toContain('r1');
});

test('what is paused meanwhile is offered when it goes on', async () => {
  const { cluster, report, fence } = await openChain();
  await cluster.control('e1', 'pause.requested');
  await say(cluster, 'h1', report);
  expect(cluster.confirmed).toContain('r1');
  expect(await servedDesk(cluster).next(asking(fence))).toMatchObject({ kind: 'refused' });
  await cluster.control('e1', 'resume.requested');
  expect(await claimsOfTwo(cluster)).toEqual([]);
  expect(cluster.queued).toContain('e1/two/1');
});

test('an owner that may not answer leaves it to another: it claims nothing and says nothing', async () => {
  const { cluster, report } = await openChain();
  cluster.board.put = () => new Promise(() => undefined);
  await cluster.advance(1_500);
  await say(cluster, 'h1', report);
  expect(await claimsOfTwo(cluster)).toEqual([]);
  expect(cluster.queued).toContain('e1/two/1');
  expect(cluster.confirmed).not.toContain('r1');
});
