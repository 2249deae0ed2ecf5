import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { defineAgent, defineTask } from '../../src/index.ts';
import { readOptions, type TaskExecutorOptions } from '../../src/library/executor-options.ts';
import { PreparedTasks } from '../../src/library/prepared-tasks.ts';
import { agentStep, phase, task } from '../fixtures/executions/definitions.ts';
import { temporaryFolder } from './fixtures/executors.ts';

describe('a task that is prepared', () => {
  test('is read once, until its file changes', async () => {
    const { tasks, folder } = setUp();
    write(folder, 'tasks/ask.md', taskAsking('worker', 'Once.'));
    const first = await tasks.prepare('ask');
    expect(await tasks.prepare('ask')).toBe(first);
    write(folder, 'tasks/ask.md', taskAsking('worker', 'Once more.'));
    const second = await tasks.prepare('ask');
    expect(second.definition.phases[0]?.steps[0]).toMatchObject({ instructions: 'Once more.' });
    expect(await tasks.prepare('ask')).toBe(second);
  });

  test('is read again when the file of one of its agents changes, or one comes to be', async () => {
    const { tasks, folder } = setUp();
    write(folder, 'tasks/ask.md', taskAsking('own', 'Say it.'));
    expect((await tasks.prepare('ask')).agents.own).toEqual({ name: 'own' });
    write(folder, 'agents/own.md', agentFile('own', 'the first'));
    expect((await tasks.prepare('ask')).agents.own).toMatchObject({ description: 'the first' });
    write(folder, 'agents/own.md', agentFile('own', 'the second one'));
    expect((await tasks.prepare('ask')).agents.own).toMatchObject({ description: 'the second one' });
  });

  test('is known by its content when it is written in code', async () => {
    const { tasks } = setUp();
    const source = (text: string) =>
      defineTask({ name: 'ask', phases: [{ name: 'Ask', steps: [{ agent: 'worker', text }] }] });
    const first = await tasks.prepare(source('one'));
    expect(await tasks.prepare(source('one'))).toBe(first);
    expect(await tasks.prepare(source('two'))).not.toBe(first);
    expect(first.definition).toMatchObject({ name: 'ask', onFailure: 'fail' });
  });

  test('pins what bounds its agents, of files and of functions', async () => {
    const coded = defineAgent({ name: 'coded', run: () => 1, timeout: '5s', liveness: { host: '20s' } });
    const { tasks, folder } = setUp({ agents: [coded] });
    write(
      folder,
      'agents/filed.md',
      '---\ntroupe: {command: [a], timeout: 5s, liveness: {host: 20s}}\n---\n',
    );
    const { agents } = await tasks.prepare(
      task([phase('only', [agentStep('one', { agent: 'coded' }), agentStep('two', { agent: 'filed' })])]),
    );
    const bounds = { timeoutMs: 5000, liveness: { host: 20_000 } };
    expect(agents).toMatchObject({ coded: bounds, filed: bounds });
  });

  test('is refused with its diagnostics when it is no task', async () => {
    const { tasks } = setUp();
    await expect(tasks.prepare(defineTask({ name: 'empty', phases: [] }))).rejects.toMatchObject({
      code: 'DEFINITION_INVALID',
    });
    await expect(tasks.prepare('nowhere')).rejects.toMatchObject({ code: 'TASK_UNKNOWN' });
  });
});

describe('the limits of the executor', () => {
  const definition = task([phase('only', [agentStep('work')])]);

  test('are those of a task that sets none', async () => {
    const { tasks } = setUp({ maxExecutionTime: '1 minute', maxConcurrentPhases: 3 });
    expect((await tasks.prepare(definition)).definition).toMatchObject({
      maxExecutionTimeMs: 60_000,
      concurrency: { phases: 3 },
    });
  });

  test('bound those of a task', async () => {
    const { tasks } = setUp({ maxExecutionTime: 1000, maxConcurrentPhases: 3 });
    const wide = { ...definition, maxExecutionTimeMs: 2000, concurrency: { phases: 9, steps: 2 } };
    expect((await tasks.prepare(wide)).definition).toMatchObject({
      maxExecutionTimeMs: 1000,
      concurrency: { phases: 3, steps: 2 },
    });
    const narrow = { ...definition, maxExecutionTimeMs: 500, concurrency: { phases: 1 } };
    expect((await tasks.prepare(narrow)).definition).toMatchObject({
      maxExecutionTimeMs: 500,
      concurrency: { phases: 1 },
    });
  });
});

describe('the options of an executor', () => {
  test.each([
    { maxExecutionTime: 0 },
    { maxExecutionTime: Number.NaN },
    { maxConcurrentPhases: 0 },
    { maxConcurrentPhases: 1.5 },
    { leaseMs: -1 },
    { agents: [{ name: 'no agent' }] as never },
  ] satisfies TaskExecutorOptions[])('are refused when they make no sense: %j', (options) => {
    expect(() => readOptions(options)).toThrow(expect.objectContaining({ code: 'EXECUTOR_OPTION_INVALID' }));
  });

  test('refuse a duration that is none', () => {
    expect(() => readOptions({ maxExecutionTime: '5 parsecs' })).toThrow(
      expect.objectContaining({ code: 'DURATION_INVALID' }),
    );
  });
});

function setUp(options: TaskExecutorOptions = {}) {
  const folder = temporaryFolder();
  const settings = readOptions({
    tasksDir: join(folder, 'tasks'),
    agentsDir: join(folder, 'agents'),
    agentManager: { query: () => null },
    logger: {},
    ...options,
  });
  return { folder, tasks: new PreparedTasks({ ...settings, kinds: () => [], aggregates: () => [] }) };
}

function write(folder: string, path: string, content: string): void {
  const file = join(folder, path);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, content);
}

function taskAsking(agent: string, text: string): string {
  return `# Ask\n\n## Phase: Ask\n\n### Steps\n- agent: ${agent} - ${text}\n`;
}

function agentFile(name: string, description: string): string {
  return `---\nname: ${name}\ndescription: ${description}\ntroupe:\n  runner: command\n  command: [node, agent.js]\n---\n`;
}
