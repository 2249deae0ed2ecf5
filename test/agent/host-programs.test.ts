import { join } from 'node:path';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/adapters/system/clock.ts';
import type { AgentDefinition } from '../../src/agent/definition.ts';
import { findAttemptProcesses } from '../../src/agent/process-tree.ts';
import type { ProcessGroup } from '../../src/ports/process-groups.ts';
import { definitionOf, shellAgent } from './fixtures/definition.ts';
import { HostUnderTest } from './fixtures/open-host.ts';

/** Hosts with programs, modules and threads, in real time. */
function hostOf(agent: AgentDefinition, about: ConstructorParameters<typeof HostUnderTest>[0] | object = {}) {
  return new HostUnderTest({ agents: [agent], clock: systemClock, cancelGraceMs: 50, ...about });
}

const moduleAgent = (about: Partial<AgentDefinition>) =>
  definitionOf({
    runner: 'module',
    module: './versatile.ts',
    directory: join(import.meta.dirname, '../fixtures/agent-modules'),
    ...about,
  });

test.each([
  ['a module', moduleAgent({})],
  ['a module in a thread', moduleAgent({ worker: true })],
])('%s performs an attempt', async (_, agent) => {
  const world = hostOf(agent);
  world.desk.requests = { s1: { input: { act: 'everything' } } };
  const { result, logs } = await world.perform('tester');
  expect(result).toMatchObject({
    kind: 'succeeded',
    output: { done: '1970-01-01T00:00:00.000Z' },
    usage: { tokens: 5 },
    artifacts: [{ name: 'note.txt' }],
  });
  expect(await world.readText(logs)).toContain('info a line');
  expect(world.news).toMatchObject([{ progress: { half: true } }]);
  await world.host.stop();
});

test('what a program writes to stderr is kept, whatever becomes of the attempt', async () => {
  const world = hostOf(shellAgent('echo working >&2; exit 4'));
  const { result, logs } = await world.perform('tester');
  expect(result).toMatchObject({ kind: 'failed', error: { details: { exitCode: 4 } } });
  expect(await world.readText(logs)).toBe('working\n');
});

test("a program's output that does not fit the schema is invalid", async () => {
  const agent = shellAgent(`echo '{"output":{"score":"high"}}'`, {
    outputSchema: { type: 'object', properties: { score: { type: 'number' } } },
  });
  expect(await hostOf(agent).perform('tester')).toMatchObject({
    result: {
      kind: 'failed',
      error: {
        class: 'invalid-output',
        details: { violations: [{ path: 'score', message: 'must be number' }] },
      },
    },
  });
});

test('a large output of a program becomes an artifact', async () => {
  const world = hostOf(
    shellAgent(`printf '{"output":"'; head -c 200000 /dev/zero | tr '\\0' x; printf '"}'`),
  );
  const { result } = await world.perform('tester');
  expect(result).toMatchObject({ kind: 'succeeded', output: { bytes: 200_002 } });
  expect(await world.read(result.kind === 'succeeded' && result.output)).toBe('x'.repeat(200_000));
});

test("a program is stopped when the agent's time is up", async () => {
  const agent = shellAgent('exec sleep 1000', { timeoutMs: 100 });
  expect(await hostOf(agent).perform('tester')).toMatchObject({
    result: { kind: 'failed', error: { class: 'timeout' } },
  });
});

test.runIf(process.platform === 'linux')(
  'a cancelled program that ignores SIGTERM and forks leaves nothing, and then reports that it is gone',
  async () => {
    const groups: ProcessGroup[] = [];
    const agent = shellAgent(`
      trap '' TERM
      setsid sh -c 'trap "" TERM; echo "{\\"progress\\":\\"loner\\"}"; while :; do sleep 1; done' &
      while :; do sleep 1; done
    `);
    let ready: () => void = () => undefined;
    const isReady = new Promise<void>((resolve) => {
      ready = resolve;
    });
    const world = hostOf(agent, {
      onProgress: () => ready(),
      processGroups: {
        add: (group: ProcessGroup) => void groups.push(group),
        remove: () => void groups.pop(),
        killLeftovers: async () => [],
        killAttemptsOf: async () => [],
      },
      dataId: 'data-1',
    });
    const marker = 'data-1/e1/s1/1/1';
    world.host.start();
    world.offer('tester');
    await isReady;
    expect(groups).toMatchObject([{ execution: 'e1', step: 's1', attempt: 1 }]);
    expect(findAttemptProcesses({ pgid: -1, marker }).length).toBeGreaterThanOrEqual(2);
    world.desk.cancel('host-1', { execution: 'e1', step: 's1', attempt: 1, fence: 1 });
    expect(await world.desk.untilReported(1)).toMatchObject([{ result: { kind: 'released' } }]);
    expect(findAttemptProcesses({ pgid: -1, marker })).toEqual([]);
    expect(groups).toEqual([]);
  },
);

test.runIf(process.platform === 'linux')('a host that stops ends its programs', async () => {
  const world = hostOf(shellAgent('echo "{\\"progress\\":1}"; exec sleep 1000'), { dataId: 'data-2' });
  world.host.start();
  world.offer('tester');
  await world.desk.until(({ claims }) => claims.length === 1);
  await world.host.stop();
  expect(world.desk.reports).toMatchObject([{ result: { kind: 'released' } }]);
  expect(findAttemptProcesses({ pgid: -1, marker: 'data-2/e1/s1/1/1' })).toEqual([]);
});
