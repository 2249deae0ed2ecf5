import { expect, test } from 'vitest';
import { defineAgent } from '../../src/agent/define.ts';
import type { HostPresence } from '../../src/ports/agent-directory.ts';
import { definitionOf } from './fixtures/definition.ts';
import { HostUnderTest } from './fixtures/open-host.ts';

/** An agent that ends when told to. */
function heldAgent(name: string, concurrency = 64) {
  const ends: (() => void)[] = [];
  const run = () => new Promise<string>((resolve) => ends.push(() => resolve('done')));
  return { agent: defineAgent({ name, concurrency, run }), ends };
}

const echo = defineAgent({ name: 'echo', run: (request) => ({ step: request.step }) });

test('an offer is claimed in the turn in which it comes', () => {
  const { host, desk, ...rest } = new HostUnderTest({ agents: [echo] });
  host.start();
  rest.queue.offer({ id: 'e1/s1/2', execution: 'e1', step: 's1', attempt: 2, role: 'echo', priority: 0 });
  expect(desk.claims).toEqual([
    { execution: 'e1', step: 's1', attempt: 2, role: 'echo', host: 'host-1', claimId: expect.any(String) },
  ]);
});

test('the report carries what proves the claim', async () => {
  const report = await new HostUnderTest({ agents: [echo] }).perform('echo');
  expect(report).toMatchObject({
    reportId: expect.any(String),
    execution: 'e1',
    step: 's1',
    attempt: 1,
    role: 'echo',
    fence: 1,
    token: 'token-1',
    result: { kind: 'succeeded', output: { step: 's1' }, durationMs: 0 },
  });
});

test('each role works on as many attempts at once as it may, and takes the next when one has ended', async () => {
  const slow = heldAgent('slow', 2);
  const other = heldAgent('other', 1);
  const world = new HostUnderTest({ agents: [slow.agent, other.agent] });
  world.host.start();
  for (const step of ['a', 'b', 'c']) world.offer('slow', step);
  for (const step of ['d', 'e']) world.offer('other', step);
  expect(world.desk.claims.map(({ step }) => step)).toEqual(['a', 'b', 'd']);
  await world.clock.advance(0);
  slow.ends[0]?.();
  await world.desk.until(({ claims }) => claims.length === 4);
  expect(world.desk.claims.at(-1)?.step).toBe('c');
});

test('a refused claim makes room', async () => {
  const world = new HostUnderTest({ agents: [defineAgent({ name: 'one', concurrency: 1, run: () => 1 })] });
  world.desk.answerClaim = async ({ step }, granted) =>
    step === 'a' ? { kind: 'refused', reason: 'too late' } : granted;
  world.host.start();
  world.offer('one', 'a');
  world.offer('one', 'b');
  expect(await world.desk.untilReported(1)).toMatchObject([{ step: 'b' }]);
});

test('a claim whose answer was lost is asked for again with the same id, and worked on once', async () => {
  const world = new HostUnderTest({ agents: [echo] });
  world.desk.answerClaim = async (_, granted) => {
    if (world.desk.claims.length < 3) throw new Error('no answer');
    return granted;
  };
  world.host.start();
  world.offer('echo');
  await world.clock.advance(1000);
  expect(new Set(world.desk.claims.map(({ claimId }) => claimId)).size).toBe(1);
  expect(world.desk.claims).toHaveLength(3);
  expect(world.desk.reports).toHaveLength(1);
});

test('a claim is asked for until the next owner answers it', async () => {
  const world = new HostUnderTest({ agents: [defineAgent({ name: 'one', concurrency: 1, run: () => 1 })] });
  let isOwned = false;
  world.desk.answerClaim = async (_request, granted) => {
    if (!isOwned) throw new Error('no answer');
    return granted;
  };
  world.host.start();
  world.offer('one', 'a');
  await world.clock.advance(8_000);
  isOwned = true;
  await world.clock.advance(2_000);
  expect(world.desk.reports.map(({ step }) => step)).toEqual(['a']);
  expect(new Set(world.desk.claims.map(({ claimId }) => claimId)).size).toBe(1);
});

test('a claim that nobody answers is let go', async () => {
  const world = new HostUnderTest({ agents: [defineAgent({ name: 'one', concurrency: 1, run: () => 1 })] });
  world.desk.answerClaim = async ({ step }, granted) => {
    if (step === 'a') throw new Error('no answer');
    return granted;
  };
  world.host.start();
  world.offer('one', 'a');
  world.offer('one', 'b');
  await world.clock.advance(40_000);
  expect(world.desk.reports.map(({ step }) => step)).toEqual(['b']);
});

test('an offer that comes again while its attempt is at work changes nothing', async () => {
  const slow = heldAgent('slow');
  const world = new HostUnderTest({ agents: [slow.agent] });
  world.host.start();
  world.offer('slow');
  await world.clock.advance(0);
  world.offer('slow');
  expect(world.desk.claims).toHaveLength(1);
});

test('an offer that comes again as soon as its attempt was given back is claimed again', async () => {
  const slow = heldAgent('slow');
  const world = new HostUnderTest({ agents: [slow.agent], cancelGraceMs: 0 });
  world.desk.beforeReport = async () => world.offer('slow');
  world.host.start();
  world.offer('slow');
  await world.clock.advance(0);
  world.desk.cancel('host-1', { execution: 'e1', step: 's1', attempt: 1, fence: 1 });
  await world.clock.advance(0);
  expect(world.desk.claims).toHaveLength(2);
});

test('a report is sent again with the same id until it is through, and the claim is kept alive meanwhile', async () => {
  const world = new HostUnderTest({ agents: [echo] });
  const tried: string[] = [];
  world.desk.beforeReport = async ({ reportId }) => {
    tried.push(reportId);
    if (tried.length < 12) throw new Error('the owner is away');
  };
  world.host.start();
  world.offer('echo');
  await world.clock.advance(60_000);
  expect(tried).toHaveLength(12);
  expect(new Set(tried).size).toBe(1);
  expect(world.desk.beats.length).toBeGreaterThan(2);
  await world.clock.advance(60_000);
  expect(world.desk.beats.at(-1)).toHaveLength(1);
});

test('the next offer need not wait for a report that does not get through', async () => {
  const world = new HostUnderTest({ agents: [defineAgent({ name: 'one', concurrency: 1, run: () => 1 })] });
  world.desk.beforeReport = async ({ step }) => {
    if (step === 'a') throw new Error('the owner is away');
  };
  world.host.start();
  world.offer('one', 'a');
  world.offer('one', 'b');
  expect(await world.desk.untilReported(1)).toMatchObject([{ step: 'b' }]);
});

test('what agents say while they work is passed on', async () => {
  const agent = defineAgent({ name: 'talker', run: (_, { progress }) => progress({ done: 0.5 }) });
  const world = new HostUnderTest({ agents: [agent] });
  await world.perform('talker');
  expect(world.news).toEqual([
    { execution: 'e1', step: 's1', attempt: 1, agent: 'talker', progress: { done: 0.5 } },
  ]);
});

test('two agents of one name are refused', () => {
  expect(() => new HostUnderTest({ agents: [echo, echo] })).toThrow(
    expect.objectContaining({ code: 'AGENT_OFFERED_TWICE' }),
  );
});

test('an agent that no program performs is not offered', () => {
  const agents = [
    definitionOf({ name: 'boss', runner: 'human' }),
    definitionOf({ name: 'prompt-only' }),
    echo,
  ];
  expect(new HostUnderTest({ agents }).host.roles).toEqual(['echo']);
});

test('the directory lists the host while it runs', async () => {
  const slow = heldAgent('slow', 3);
  const listed = new Map<string, HostPresence>();
  const directory = {
    publish: async (presence: HostPresence) => void listed.set(presence.host, presence),
    withdraw: async (host: string) => void listed.delete(host),
    list: async () => [...listed.values()],
  };
  const world = new HostUnderTest({ agents: [slow.agent], directory, processId: 'p1' });
  world.host.start();
  world.offer('slow');
  await world.clock.advance(5000);
  const startedAt = world.clock.now() - 5000;
  expect(listed.get('host-1')).toMatchObject({
    process: 'p1',
    pid: process.pid,
    roles: [{ role: 'slow', concurrency: 3, busy: 1 }],
    startedAt,
    seenAt: startedAt + 5000,
  });
  const stopping = world.host.stop();
  await world.clock.advance(10_000);
  await stopping;
  expect(listed.size).toBe(0);
});

test('a directory that fails disturbs nothing', async () => {
  const fail = () => Promise.reject(new Error('disk full'));
  const world = new HostUnderTest({
    agents: [echo],
    directory: { publish: fail, withdraw: fail, list: fail },
  });
  expect(await world.perform('echo')).toMatchObject({ result: { kind: 'succeeded' } });
  await world.host.stop();
});
