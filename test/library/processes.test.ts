import { execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { noting, threePhases } from '../fixtures/library/kept.ts';
import { openExecutor, temporaryFolder } from './fixtures/executors.ts';

test('what a killed process left goes on in another with the same id, and no accepted step runs again', async () => {
  const folder = temporaryFolder();
  const [data, notes] = [join(folder, 'data'), join(folder, 'notes')];
  const child = fork(program('dies-half-way.ts'), [data, notes]);
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child, 'message');
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;

  const executor = openExecutor({ data, agentManager: { worker: noting(notes) } });
  const result = await executor.execute(threePhases, {}, { id: 'kept' });
  expect(result.outputs).toEqual({ worker: 'did three' });
  expect(readFileSync(notes, 'utf8').trim().split('\n')).toEqual(['one', 'two', 'two', 'three']);
});

test('a process lives as long as an execution is awaited, and ends when the executor is idle', async () => {
  const { stdout } = await run(process.execPath, [program('ends-by-itself.ts'), temporaryFolder()]);
  expect(JSON.parse(stdout)).toEqual({ worker: 'attempt 2' });
});

test('a CommonJS program can require the public entry', async () => {
  const { stdout, stderr } = await run(process.execPath, [program('required.cjs')]);
  expect(stdout).toBe('buy BTC\n');
  expect(stderr).toBe('');
});

const run = promisify(execFile);

function program(name: string): string {
  return fileURLToPath(new URL(`../fixtures/library/${name}`, import.meta.url));
}
