import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/adapters/system/clock.ts';
import type { AgentDefinition } from '../../src/agent/definition.ts';
import type { AgentHostOptions } from '../../src/agent/host.ts';
import { findAttemptProcesses, isStopped } from '../../src/agent/process-tree.ts';
import type { AttemptPresence, HostPresence } from '../../src/ports/agent-directory.ts';
import type { ProcessGroup } from '../../src/ports/process-groups.ts';
import { definitionOf, shellAgent } from './fixtures/definition.ts';
import { HostUnderTest } from './fixtures/open-host.ts';

/** A real program or thread, on a host that tells of it. Time is the machine's, or virtual to decide how much of it goes by. */
function hostOf(agent: AgentDefinition, about: Partial<AgentHostOptions> = {}) {
  const told: HostPresence[] = [];
  // In virtual time a host does not wait for its programs to be killed: that must not hit those of the next test.
  const dataId = `data-${process.pid}-${performance.now()}`;
  const pids: number[] = [];
  const world = new HostUnderTest({
    agents: [agent],
    cancelGraceMs: 50,
    directory: {
      publish: async (presence) => void told.push(presence),
      withdraw: async () => undefined,
      list: async () => [],
    },
    processGroups: {
      add: ({ pgid }: ProcessGroup) => void pids.push(pgid),
      remove: () => undefined,
      killLeftovers: async () => [],
      killAttemptsOf: async () => [],
    },
    dataId,
    ...about,
  });
  world.desk.leaseMs = Number.MAX_SAFE_INTEGER;
  /** The attempt as the directory has it, once it is as wanted; virtual time goes on meanwhile. */
  const untilTold = async (isWanted: (attempt: AttemptPresence) => boolean): Promise<AttemptPresence> => {
    for (;;) {
      const attempt = told.at(-1)?.attempts?.[0];
      if (attempt !== undefined && isWanted(attempt)) return attempt;
      await world.clock.advance(1000);
    }
  };
  return { world, pids, untilTold, marker: `${dataId}/e1/s1/1/1` };
}

const realTime = { clock: systemClock };

/** Says `words`, a line of shell, whenever it gets SIGUSR1; a line of progress says that it is ready. */
const talkerOf = (words: string, about: Partial<AgentDefinition> = {}) =>
  shellAgent(`trap ${quoted(words)} USR1; echo '{"progress":0}'; while :; do sleep 0.02; done`, about);

const quoted = (words: string) => `'${words.replaceAll("'", `'\\''`)}'`;

const PROGRESS = `echo '{"progress":1}'`;

const threadOf = (about: Partial<AgentDefinition>) =>
  definitionOf({
    runner: 'module',
    worker: true,
    module: './versatile.ts',
    directory: join(import.meta.dirname, '../fixtures/agent-modules'),
    ...about,
  });

const failedBySilenceOf = (beat: 'process' | 'progress') => ({
  kind: 'failed',
  error: { class: 'timeout', details: { beat, boundMs: 200 } },
});

describe.runIf(process.platform === 'linux')('a program', () => {
  test('that stops itself is ended, and nothing of it is left', async () => {
    const agent = shellAgent('sleep 1000 & kill -STOP $$', { liveness: { process: 200 } });
    const { world, marker } = hostOf(agent, realTime);
    const { result } = await world.perform('tester');
    expect(result).toMatchObject(failedBySilenceOf('process'));
    expect(result).toMatchObject({
      error: { message: expect.stringContaining("no sign of life of the agent's process for ") },
    });
    expect(findAttemptProcesses({ pgid: -1, marker })).toEqual([]);
  });

  test('that says nothing is ended, and nothing of it is left', async () => {
    const agent = shellAgent('sleep 1000 & wait', { liveness: { process: 60_000, progress: 200 } });
    const { world, marker } = hostOf(agent, realTime);
    expect((await world.perform('tester')).result).toMatchObject(failedBySilenceOf('progress'));
    expect(findAttemptProcesses({ pgid: -1, marker })).toEqual([]);
  });

  test('that says something in time goes on, until it does not', async () => {
    const { world, pids } = hostOf(talkerOf(PROGRESS, { liveness: { progress: 300_000 } }));
    world.host.start();
    world.offer('tester');
    for (let said = 1; said <= 4; said += 1) {
      await untilNews(world, said);
      await world.clock.advance(240_000);
      process.kill(pids[0] ?? 0, 'SIGUSR1');
    }
    await untilNews(world, 5);
    expect(world.desk.reports).toEqual([]);
    await world.clock.advance(300_000);
    expect(await world.desk.untilReported(1)).toMatchObject([
      { result: { error: { message: 'no sign of progress for 5m: the attempt was stopped' } } },
    ]);
  });

  test('is seen alive while it says nothing, and not while it is stopped', async () => {
    const { world, pids, untilTold } = hostOf(talkerOf(PROGRESS));
    world.host.start();
    world.offer('tester');
    await untilNews(world, 1);
    const [pid = 0] = pids;
    const { progressAt, processSeenAt } = await untilTold(
      (attempt) => attempt.processSeenAt > attempt.progressAt,
    );
    process.kill(pid, 'SIGSTOP');
    await untilStopped(pid);
    const since = world.clock.now();
    await world.clock.advance(60_000);
    const stopped = await untilTold(() => true);
    expect(stopped.progressAt).toBe(progressAt);
    expect(stopped.processSeenAt).toBeGreaterThanOrEqual(processSeenAt);
    expect(stopped.processSeenAt).toBeLessThanOrEqual(since);
    process.kill(pid, 'SIGCONT');
    await untilTold((attempt) => attempt.processSeenAt > since + 60_000);
    process.kill(pid, 'SIGUSR1');
    await untilNews(world, 2);
    await untilTold((attempt) => attempt.progressAt > since);
  });

  test.each([
    ['a line on standard error', 'echo a line >&2'],
    ['bytes on standard output that are no line yet', "printf '{'"],
  ])('makes progress with %s', async (_, words) => {
    const { world, pids, untilTold } = hostOf(talkerOf(words));
    world.host.start();
    world.offer('tester');
    await untilNews(world, 1);
    const { progressAt } = await untilTold((attempt) => attempt.processSeenAt > attempt.progressAt);
    process.kill(pids[0] ?? 0, 'SIGUSR1');
    await untilTold((attempt) => attempt.progressAt > progressAt);
  });

  test('that has ended is not silent while something holds its outputs open', async () => {
    const agent = shellAgent(`echo '{"output":"done"}'; sleep 1000 & exit 0`, { liveness: { process: 50 } });
    const { result } = await hostOf(agent, realTime).world.perform('tester');
    expect(result).toMatchObject({ kind: 'succeeded', output: 'done' });
  });

  test('gets its trace context in the environment and in the request', async () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const { world } = hostOf(
      shellAgent(`read -r request; echo "{\\"output\\":[\\"$TRACEPARENT\\",$request]}"`),
      realTime,
    );
    world.desk.requests = { s1: { traceparent } };
    expect((await world.perform('tester')).result).toMatchObject({ output: [traceparent, { traceparent }] });
  });

  test('without a sound trace context has none', async () => {
    const { world } = hostOf(shellAgent(`echo "{\\"output\\":\\"\${TRACEPARENT-none}\\"}"`), realTime);
    world.desk.requests = { s1: { traceparent: 'nonsense' } };
    expect((await world.perform('tester')).result).toMatchObject({ output: 'none' });
  });
});

describe('a thread', () => {
  test('that loops for ever is ended', async () => {
    const { world } = hostOf(threadOf({ liveness: { process: 200 } }), realTime);
    world.desk.requests = { s1: { input: { act: 'loop for ever' } } };
    expect((await world.perform('tester')).result).toMatchObject(failedBySilenceOf('process'));
  });

  test('that waits answers, and is seen alive', async () => {
    const { world, untilTold } = hostOf(threadOf({}));
    world.desk.requests = { s1: { input: { act: 'heed the signal' } } };
    world.host.start();
    world.offer('tester');
    await untilNews(world, 1);
    const { processSeenAt } = await untilTold((attempt) => attempt.processSeenAt > attempt.progressAt);
    await untilTold((attempt) => attempt.processSeenAt > processSeenAt);
  });
});

/** Virtual time stands still meanwhile. */
async function untilNews(world: HostUnderTest, count: number): Promise<void> {
  while (world.news.length < count) await new Promise((resolve) => void setImmediate(resolve));
}

async function untilStopped(pid: number): Promise<void> {
  while (!isStopped(pid)) await new Promise((resolve) => void setImmediate(resolve));
}
