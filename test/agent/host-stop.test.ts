import { expect, test } from 'vitest';
import { defineAgent } from '../../src/agent/define.ts';
import { HostUnderTest } from './fixtures/open-host.ts';

/** Two attempts at work: one heeds its signal, one ends when told to. */
async function busyHost() {
  let end: (value: string) => void = () => undefined;
  const heedful = defineAgent({
    name: 'heedful',
    run: (_, { signal }) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  });
  const steady = defineAgent({
    name: 'steady',
    run: () =>
      new Promise<string>((resolve) => {
        end = resolve;
      }),
  });
  const world = new HostUnderTest({ agents: [heedful, steady] });
  world.host.start();
  world.offer('heedful', 'a');
  world.offer('steady', 'b');
  await world.clock.advance(0);
  return { world, end: () => end('done') };
}

function resultsOf({ desk }: HostUnderTest): Record<string, string> {
  return Object.fromEntries(desk.reports.map(({ step, result }) => [step, result.kind]));
}

test('stop ends the work at hand and gives it back', async () => {
  const { world } = await busyHost();
  const stopping = world.host.stop();
  await world.clock.advance(2000);
  await stopping;
  expect(resultsOf(world)).toEqual({ a: 'released', b: 'released' });
  expect(world.warnings).toContain(
    'the agent ignores its abort signal: it goes on unwatched and its result is dropped',
  );
});

test('a stopped host takes no offers and listens to nobody', async () => {
  const { world } = await busyHost();
  const stopping = world.host.stop();
  world.offer('steady', 'c');
  await world.clock.advance(2000);
  await stopping;
  expect(world.desk.claims.map(({ step }) => step)).toEqual(['a', 'b']);
  expect(world.desk.hostsListening).toEqual([]);
  await world.clock.advance(600_000);
  expect(world.desk.beats).toEqual([]);
});

test('draining lets the work at hand end', async () => {
  const { world, end } = await busyHost();
  const stopping = world.host.stop({ drain: true, graceMs: 60_000 });
  await world.clock.advance(1000);
  expect(world.desk.reports).toEqual([]);
  end();
  await world.clock.advance(60_000);
  await stopping;
  expect(resultsOf(world)).toEqual({ a: 'released', b: 'succeeded' });
});

test('a second stop ends what the first one drains', async () => {
  const { world } = await busyHost();
  const draining = world.host.stop({ drain: true });
  await world.clock.advance(3_600_000);
  expect(world.desk.reports).toEqual([]);
  const stopping = world.host.stop();
  await world.clock.advance(2000);
  await Promise.all([draining, stopping]);
  expect(resultsOf(world)).toEqual({ a: 'released', b: 'released' });
});

test('a grant that comes while the host stops is given back without any work', async () => {
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
  let grant: () => void = () => undefined;
  world.desk.answerClaim = (_, granted) =>
    new Promise((resolve) => {
      grant = () => resolve(granted);
    });
  world.host.start();
  world.offer('counter');
  const stopping = world.host.stop();
  grant();
  await stopping;
  expect(resultsOf(world)).toEqual({ s1: 'released' });
  expect(runs).toBe(0);
});

test('a report that never gets through does not keep a host from stopping', async () => {
  const world = new HostUnderTest({ agents: [defineAgent({ name: 'quick', run: () => 1 })] });
  world.desk.beforeReport = () => Promise.reject(new Error('the owner is away'));
  world.host.start();
  world.offer('quick');
  await world.clock.advance(0);
  const stopping = world.host.stop();
  await world.clock.advance(10_000);
  await stopping;
});

test('stop may come before start, and start after stop does nothing', async () => {
  const world = new HostUnderTest({ agents: [defineAgent({ name: 'quick', run: () => 1 })] });
  await world.host.stop();
  world.host.start();
  world.offer('quick');
  expect(world.desk.claims).toEqual([]);
});

test('a second start does nothing', async () => {
  const world = new HostUnderTest({ agents: [defineAgent({ name: 'quick', concurrency: 1, run: () => 1 })] });
  world.host.start();
  world.host.start();
  world.offer('quick', 'a');
  world.offer('quick', 'b');
  expect(world.desk.claims).toHaveLength(1);
});

test('a host is stopped by `await using`', async () => {
  const world = new HostUnderTest({ agents: [defineAgent({ name: 'quick', run: () => 1 })] });
  {
    await using host = world.host;
    host.start();
  }
  expect(world.desk.hostsListening).toEqual([]);
});
