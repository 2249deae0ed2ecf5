import { expect, test } from 'vitest';
import { defineAgent } from '../../src/agent/define.ts';
import type { HeartbeatAnswer } from '../../src/ports/claim-desk.ts';
import { HostUnderTest } from './fixtures/open-host.ts';

const LEASE_MS = 30_000;

/** A host at work on the given steps, with agents that heed their signal and note when it came. */
async function working(...steps: string[]) {
  const stoppedAt: Record<string, number> = {};
  const reasons: string[] = [];
  const agent = defineAgent({
    name: 'worker',
    run: ({ step }, { signal }) =>
      new Promise((_, reject) =>
        signal.addEventListener('abort', () => {
          stoppedAt[step] = world.clock.monotonic();
          reasons.push(signal.reason.message);
          reject(signal.reason);
        }),
      ),
  });
  const world = new HostUnderTest({ agents: [agent] });
  world.desk.leaseMs = LEASE_MS;
  world.host.start();
  for (const step of steps) world.offer('worker', step);
  await world.clock.advance(0);
  return { ...world, world, stoppedAt, reasons };
}

test('one message keeps all claims alive, three times per lease', async () => {
  const { clock, desk, stoppedAt } = await working('a', 'b');
  await clock.advance(LEASE_MS);
  expect(desk.beats).toHaveLength(3);
  expect(desk.beats[0]).toEqual([
    { execution: 'e1', step: 'a', attempt: 1, fence: 1 },
    { execution: 'e1', step: 'b', attempt: 1, fence: 2 },
  ]);
  await clock.advance(100 * LEASE_MS);
  expect(stoppedAt).toEqual({});
});

test('an idle host sends nothing', async () => {
  const world = new HostUnderTest({ agents: [defineAgent({ name: 'quick', run: () => 1 })] });
  await world.perform('quick');
  await world.clock.advance(10 * LEASE_MS);
  expect(world.desk.beats).toEqual([]);
  expect(world.clock.nextAt).toBeUndefined();
});

test('the shortest lease sets the pace', async () => {
  const { clock, desk, world } = await working('a');
  desk.leaseMs = 3000;
  world.offer('worker', 'b');
  await clock.advance(3000);
  expect(desk.beats).toHaveLength(3);
});

test('work stops at 0.8 of the lease when nothing is answered', async () => {
  const { clock, desk, stoppedAt, reasons } = await working('a');
  desk.answerBeats = () => Promise.reject(new Error('no answer'));
  await clock.advance(LEASE_MS);
  expect(stoppedAt).toEqual({ a: 0.8 * LEASE_MS });
  expect(reasons).toEqual(['the lease of the attempt could not be renewed']);
  expect(desk.reports).toMatchObject([{ step: 'a', result: { kind: 'released' } }]);
});

test('the lease counts from when the last answered heartbeat was sent', async () => {
  const { clock, desk, stoppedAt } = await working('a');
  let answer: (answers: HeartbeatAnswer[]) => void = () => undefined;
  desk.answerBeats = () =>
    new Promise((resolve) => {
      answer = resolve;
    });
  await clock.advance(LEASE_MS / 3);
  await clock.advance(LEASE_MS / 6);
  answer(['ok']);
  desk.answerBeats = () => Promise.reject(new Error('no answer'));
  await clock.advance(2 * LEASE_MS);
  expect(stoppedAt).toEqual({ a: LEASE_MS / 3 + 0.8 * LEASE_MS });
});

test('an owner that does not know yet confirms nothing', async () => {
  const { clock, desk, stoppedAt } = await working('a');
  desk.answerBeats = async (beats) => beats.map(() => 'unknown');
  await clock.advance(LEASE_MS);
  expect(stoppedAt).toEqual({ a: 0.8 * LEASE_MS });
});

test('a heartbeat answered with cancel stops that attempt only', async () => {
  const { clock, desk, stoppedAt } = await working('a', 'b');
  desk.answerBeats = async (beats) => beats.map(({ step }) => (step === 'b' ? 'cancel' : 'ok'));
  await clock.advance(LEASE_MS / 3);
  expect(stoppedAt).toEqual({ b: LEASE_MS / 3 });
  expect(desk.reports).toMatchObject([{ step: 'b', result: { kind: 'released' } }]);
});

test('a cancel of the desk stops the attempt at once', async () => {
  const { clock, desk, stoppedAt, reasons } = await working('a');
  desk.cancel('host-1', { execution: 'e1', step: 'a', attempt: 1, fence: 1 });
  expect(stoppedAt).toEqual({ a: 0 });
  await clock.advance(0);
  expect(reasons).toEqual(['the orchestrator cancelled the attempt']);
  expect(desk.reports).toMatchObject([{ step: 'a', fence: 1, result: { kind: 'released' } }]);
});

test('a cancel for another claim on the step is not for this host', async () => {
  const { clock, desk, stoppedAt } = await working('a');
  desk.cancel('host-1', { execution: 'e1', step: 'a', attempt: 1, fence: 99 });
  desk.cancel('host-1', { execution: 'e1', step: 'unknown', attempt: 1, fence: 1 });
  await clock.advance(0);
  expect(stoppedAt).toEqual({});
});

test('a cancel that overtakes its grant is heeded', async () => {
  let runs = 0;
  const world = new HostUnderTest({
    agents: [
      defineAgent({
        name: 'counter',
        run: () => {
          runs += 1;
        },
      }),
    ],
  });
  world.desk.answerClaim = async ({ execution, step, attempt }, granted) => {
    world.desk.cancel('host-1', { execution, step, attempt, fence: 1 });
    return granted;
  };
  expect(await world.perform('counter')).toMatchObject({ result: { kind: 'released' } });
  expect(runs).toBe(0);
});

test('a grant that was too long on its way is given back', async () => {
  let runs = 0;
  const world = new HostUnderTest({
    agents: [
      defineAgent({
        name: 'counter',
        run: () => {
          runs += 1;
        },
      }),
    ],
  });
  world.desk.answerClaim = (_, granted) =>
    new Promise((resolve) => void world.clock.schedule(0.8 * LEASE_MS, () => resolve(granted)));
  world.host.start();
  world.offer('counter');
  await world.clock.advance(LEASE_MS);
  expect(world.desk.reports).toMatchObject([{ result: { kind: 'released' } }]);
  expect(runs).toBe(0);
});

test('an attempt that does not end when cancelled is kept alive, then left to itself', async () => {
  const stubborn = defineAgent({ name: 'stubborn', run: () => new Promise(() => undefined) });
  const world = new HostUnderTest({ agents: [stubborn], cancelGraceMs: 15_000 });
  world.host.start();
  world.offer('stubborn');
  await world.clock.advance(0);
  world.desk.cancel('host-1', { execution: 'e1', step: 's1', attempt: 1, fence: 1 });
  await world.clock.advance(14_999);
  expect(world.desk.beats).toHaveLength(1);
  expect(world.desk.reports).toEqual([]);
  await world.clock.advance(1);
  expect(world.desk.reports).toMatchObject([{ result: { kind: 'released' } }]);
});
