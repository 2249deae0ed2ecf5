import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { Example } from '../examples/run-example.ts';
import { connect } from './connect.ts';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

test('an agent runs a task, is asked, answers, and sees what became of it', async () => {
  const example = new Example('approval');
  const { call } = await connect(example, ['--drive', '--as', 'carol']);
  expect(await call('tasks')).toMatchObject({
    tasks: expect.arrayContaining([expect.objectContaining({ name: 'release' })]),
  });
  const { tasks } = await call('tasks', { name: 'release' });
  expect(tasks[0].input).toMatchObject([{ field: 'version', type: 'string', required: true }]);

  const started = await call('run', {
    task: 'release',
    input: { version: '2.0' },
    id: 'r1',
    waitSeconds: 60,
  });
  expect(started).toMatchObject({ execution: 'r1', isNew: true, status: 'running', isDriven: true });
  expect(started.waitsFor).toContain('approval by');

  const { by, approvals } = await call('approvals');
  expect(by).toBe('carol');
  expect(approvals).toMatchObject([
    { execution: 'r1', question: 'Publish the notes of 2.0?', mayDecide: true },
  ]);
  const why = await call('why', { execution: 'r1' });
  expect(why).toMatchObject({ kind: 'person', status: 'running' });
  expect(why.possible).toContain('approve');

  const decided = await call('approve', { execution: 'r1', comment: 'read and found good' });
  expect(decided).toMatchObject({ by: 'carol', step: 'publish-it', isDriven: true });
  const again = await call('run', { task: 'release', input: { version: '2.0' }, id: 'r1', waitSeconds: 60 });
  expect(again).toMatchObject({ isNew: false, status: 'completed', isDriven: null });

  expect(await call('show', { execution: 'r1' })).toMatchObject({ status: 'completed', task: 'release' });
  expect(await call('show', { execution: 'r1', step: 'publish-it' })).toMatchObject({
    step: { kind: 'approval' },
  });
  const { rows, total } = await call('events', { execution: 'r1', types: ['approval.granted'] });
  expect(total).toBe(1);
  expect(rows[0].text).toContain('carol');
  expect(await call('list')).toMatchObject({
    total: 1,
    executions: [{ execution: 'r1', status: 'completed' }],
  });
  // The log tells who typed it.
  const { stdout } = await example.troupe(['events', 'r1', '--json']);
  expect(stdout).toContain('(through an agent, troupe mcp) read and found good');
});

test('without somebody to drive it a start says so, and controls are taken all the same', async () => {
  const { call } = await connect(new Example('approval'));
  const started = await call('run', { task: 'release', input: { version: '1.0' } });
  expect(started).toMatchObject({ isNew: true, isDriven: false, note: expect.stringContaining('troupe up') });
  const { execution } = started;
  expect(await call('pause', { execution, reason: 'not yet' })).toMatchObject({
    status: 'paused',
    isDriven: false,
  });
  expect(await call('resume', { execution })).toMatchObject({ status: 'running' });
  expect(await call('signal', { execution, name: 'early', payload: { a: 1 } })).toMatchObject({
    status: 'running',
  });
  expect(await call('abort', { execution })).toMatchObject({ status: 'aborted' });
});

test('what goes wrong is the answer of the tool, with its code and what to do', async () => {
  const { call, client } = await connect(new Example('approval'));
  await expect(call('show', { execution: 'nothing' })).rejects.toThrow(/^EXECUTION_UNKNOWN: /);
  await expect(call('run', { task: 'realease' })).rejects.toThrow(/^TASK_UNKNOWN: [\s\S]*release/);
  await expect(call('run', { task: 'release' })).rejects.toThrow(/^INPUT_INVALID: [\s\S]*version/);
  const { execution } = await call('run', { task: 'release', input: { version: '1.0' } });
  await expect(call('approve', { execution })).rejects.toThrow(/^NOTHING_TO_APPROVE: /);
  const wrong = await client.callTool({ name: 'list', arguments: { limit: 'many' } });
  expect(wrong.isError).toBe(true);
});

test('tools say what they do to the world, and --read-only offers those that only look', async () => {
  const { client } = await connect(new Example('approval'));
  const { tools } = await client.listTools();
  const hints = Object.fromEntries(tools.map(({ name, annotations }) => [name, annotations]));
  expect(hints.list).toMatchObject({ readOnlyHint: true, destructiveHint: false });
  expect(hints.run).toMatchObject({ readOnlyHint: false, destructiveHint: false });
  expect(hints.approve).toMatchObject({ readOnlyHint: false, destructiveHint: true });
  for (const tool of tools)
    expect(tool).toMatchObject({ inputSchema: { type: 'object' }, outputSchema: { type: 'object' } });
  const { client: reader } = await connect(new Example('approval'), ['--read-only']);
  const names = (await reader.listTools()).tools.map(({ name }) => name);
  expect(names).toEqual(['tasks', 'list', 'show', 'why', 'events', 'approvals']);
});

test('looking makes no data folder', async () => {
  const example = new Example('approval');
  await rm(example.data, { recursive: true });
  const { call } = await connect(example);
  expect(await call('list')).toMatchObject({ executions: [], total: 0 });
  expect(await call('approvals')).toMatchObject({ approvals: [] });
  expect(existsSync(example.data)).toBe(false);
});

test('only the protocol is on standard output, and the process ends when its input does', async () => {
  const { cwd, data } = new Example('approval');
  const child = spawn(process.execPath, [MAIN, 'mcp', '--drive', '--log-level', 'debug'], {
    cwd,
    env: { PATH: process.env.PATH, TROUPE_DATA: data },
    stdio: 'pipe',
  });
  const said = text(child.stdout);
  const hello = {
    jsonrpc: '2.0',
    id: 1,
    method: 'initialize',
    params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'a test', version: '1' } },
  };
  child.stdin.write(`${JSON.stringify(hello)}\n`);
  await once(child.stdout, 'data');
  child.stdin.end();
  const [code] = await once(child, 'exit');
  expect(code).toBe(0);
  const lines = (await said)
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines).toMatchObject([{ jsonrpc: '2.0', id: 1, result: { serverInfo: { name: 'troupe' } } }]);
});
