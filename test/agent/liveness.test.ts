import { describe, expect, test } from 'vitest';
import { type AgentFunction, type AgentOptions, defineAgent } from '../../src/agent/define.ts';
import type { AgentHostOptions } from '../../src/agent/host.ts';
import type { AttemptPresence, HostPresence } from '../../src/ports/agent-directory.ts';
import { HostUnderTest } from './fixtures/open-host.ts';

const MINUTE = 60_000;

/** A host with one agent at work, that ends when it is stopped, and what the directory was told last. */
function atWork(
  run: AgentFunction = untilStopped,
  about: Partial<AgentOptions> = {},
  options: Partial<AgentHostOptions> = {},
) {
  const told: HostPresence[] = [];
  const directory = {
    publish: async (presence: HostPresence) => void told.push(presence),
    withdraw: async () => undefined,
    list: async () => [],
  };
  const agents = [defineAgent({ name: 'worker', run, ...about })];
  const world = new HostUnderTest({ agents, directory, ...options });
  world.host.start();
  return { world, attempts: () => told.at(-1)?.attempts };
}

const untilStopped: AgentFunction = (_, { signal }) =>
  new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason));
  });

describe('the directory is told of every attempt at work', () => {
  test('since when, that the process lives, and when there was progress', async () => {
    const says: ((news: number) => void)[] = [];
    const { world, attempts } = atWork((request, context) => {
      says.push(context.progress);
      return untilStopped(request, context);
    });
    const startedAt = world.clock.now();
    expect(attempts()).toEqual([]);
    world.offer('worker', 's1', { attempt: 2 });
    await world.clock.advance(7000);
    const about = { execution: 'e1', step: 's1', attempt: 2, role: 'worker', startedAt };
    const at = (ms: number) => startedAt + ms;
    expect(attempts()).toEqual([{ ...about, processSeenAt: at(5000), progressAt: startedAt }]);
    says[0]?.(1);
    await world.clock.advance(3000);
    expect(attempts()).toEqual([{ ...about, processSeenAt: at(10_000), progressAt: at(7000) }]);
    world.desk.cancel('host-1', { execution: 'e1', step: 's1', attempt: 2, fence: 1 });
    await world.clock.advance(5000);
    expect(attempts()).toEqual([]);
  });

  test('what it writes into its log is progress as well', async () => {
    const { world, attempts } = atWork(async (request, context) => {
      await new Promise<void>((resolve) => void world.clock.schedule(3000, resolve));
      context.logger.info('still here');
      return untilStopped(request, context);
    });
    world.offer('worker');
    await world.clock.advance(5000);
    const [attempt] = attempts() as [AttemptPresence];
    expect(attempt.progressAt - attempt.startedAt).toBe(3000);
  });

  test('of thousands, those that are at work the longest', async () => {
    const { world, attempts } = atWork(untilStopped, { concurrency: 2000 });
    for (let at = 0; at < 2000; at += 1) world.offer('worker', `s${at}`);
    await world.clock.advance(5000);
    expect(attempts()).toHaveLength(500);
    expect(attempts()?.at(-1)?.step).toBe('s499');
  });
});

describe('a bound on progress', () => {
  test('ends the attempt of an agent that says nothing for so long', async () => {
    const { world } = atWork(untilStopped, { liveness: { progress: '5m' } });
    world.offer('worker');
    await world.clock.advance(5 * MINUTE - 1000);
    expect(world.desk.reports).toEqual([]);
    await world.clock.advance(1000);
    expect(world.desk.reports).toMatchObject([
      {
        result: {
          kind: 'failed',
          error: {
            class: 'timeout',
            message: 'no sign of progress for 5m: the attempt was stopped',
            details: {
              beat: 'progress',
              silentMs: 5 * MINUTE,
              boundMs: 5 * MINUTE,
              hint: "The agent's file allows 5m (liveness.progress).",
            },
          },
        },
      },
    ]);
  });

  test('does not end one that says something in time, however long it works', async () => {
    const { world } = atWork(
      async (_, { progress }) => {
        for (let part = 1; part <= 4; part += 1) {
          await new Promise<void>((resolve) => void world.clock.schedule(4 * MINUTE, resolve));
          progress({ part });
        }
        return 'done';
      },
      { liveness: { progress: '5m' } },
    );
    world.offer('worker');
    await world.clock.advance(20 * MINUTE);
    expect(world.desk.reports).toMatchObject([{ result: { kind: 'succeeded', output: 'done' } }]);
  });

  test('holds though nobody watches what agents say', async () => {
    const { world } = atWork(
      async (_, { progress }) => {
        for (let part = 1; part <= 4; part += 1) {
          await new Promise<void>((resolve) => void world.clock.schedule(4 * MINUTE, resolve));
          progress({ part });
        }
        return 'done';
      },
      { liveness: { progress: '5m' } },
      { onProgress: undefined },
    );
    world.offer('worker');
    await world.clock.advance(20 * MINUTE);
    expect(world.desk.reports).toMatchObject([{ result: { kind: 'succeeded' } }]);
  });

  test('gives way to an order of the orchestrator', async () => {
    const { world } = atWork(() => new Promise(() => undefined), { liveness: { progress: '1m' } });
    world.offer('worker');
    await world.clock.advance(MINUTE);
    world.desk.cancel('host-1', { execution: 'e1', step: 's1', attempt: 1, fence: 1 });
    await world.clock.advance(MINUTE);
    expect(world.desk.reports).toMatchObject([{ result: { kind: 'released' } }]);
  });

  test('counts no time in which the host itself stood still', async () => {
    let stoodStillMs = 0;
    const { world } = atWork(untilStopped, { liveness: { progress: '5m' } });
    const { clock } = world;
    const [monotonic, now] = [clock.monotonic.bind(clock), clock.now.bind(clock)];
    clock.monotonic = () => monotonic() + stoodStillMs;
    clock.now = () => now() + stoodStillMs;
    world.desk.leaseMs = 60 * MINUTE;
    world.offer('worker');
    await clock.advance(MINUTE);
    stoodStillMs = 10 * MINUTE;
    await clock.advance(4 * MINUTE - 1000);
    expect(world.desk.reports).toEqual([]);
    await clock.advance(2000);
    expect(world.desk.reports).toMatchObject([{ result: { error: { details: { beat: 'progress' } } } }]);
  });
});

describe('a trace context', () => {
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

  test.each([
    [traceparent, { traceparent }],
    ['00-of-no-trace-01', {}],
    [undefined, {}],
  ])('%s reaches the agent as %j', async (given, seen) => {
    const { world } = atWork(({ traceparent: got }) => (got === undefined ? {} : { traceparent: got }));
    world.desk.requests = { s1: { traceparent: given } };
    expect((await world.perform('worker')).result).toMatchObject({ kind: 'succeeded', output: seen });
  });
});
