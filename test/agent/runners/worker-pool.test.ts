import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { RunOutcome } from '../../../src/agent/runner.ts';
import { workerRunner } from '../../../src/agent/runners/worker-pool.ts';
import { definitionOf } from '../fixtures/definition.ts';
import { requestOf } from '../fixtures/request.ts';
import { FakeAttempt } from '../fixtures/running-attempt.ts';

/** Performs what `versatile.ts` is told, in the threads of one pool. */
function openPool(module = './versatile.ts', cancelGraceMs = 50) {
  const directory = join(import.meta.dirname, '../../fixtures/agent-modules');
  const env = [{ name: 'WANTED', secret: false }];
  const runner = workerRunner(definitionOf({ runner: 'module', worker: true, module, directory, env }), {
    environment: { PATH: '/bin', WANTED: 'yes', UNWANTED: 'no' },
    cancelGraceMs,
    heapLimitMb: 32,
  });
  onTestFinished(() => runner.close?.());
  return async (act: string, attempt = new FakeAttempt()): Promise<RunOutcome> =>
    runner.run(requestOf({ input: { act } }), attempt);
}

test('a function in a thread says everything that it could say elsewhere', async () => {
  const attempt = new FakeAttempt();
  expect(await openPool()('everything', attempt)).toEqual({
    kind: 'answered',
    output: { done: '1970-01-01T00:00:00.000Z' },
    usage: { tokens: 5 },
    attachments: [{ name: 'note.txt', content: 'hello' }],
  });
  expect(attempt.news).toEqual([{ half: true }]);
  await attempt.until(({ lastLines }) => lastLines.call(attempt, 5).includes('info a line'));
});

test('a thread is kept for the next attempt, and two attempts at once have two', async () => {
  const perform = openPool();
  const first = await perform('thread');
  expect(await perform('thread')).toEqual(first);
  const [a, b] = await Promise.all([perform('thread'), perform('thread')]);
  expect(a).not.toEqual(b);
});

test('a thread has the environment that the agent file asks for', async () => {
  expect(await openPool()('environment')).toMatchObject({ output: { PATH: '/bin', WANTED: 'yes' } });
  expect(await openPool()('environment')).not.toHaveProperty('output.UNWANTED');
});

test.each([
  ['refuse', { class: 'refusal', message: 'no', details: { because: 'rules' } }],
  ['return a cycle', { class: 'invalid-output', message: expect.stringContaining('not JSON') }],
  ['exit', { class: 'crash', message: 'the worker thread ended with exit code 7' }],
  ['throw later', { class: 'crash', message: 'the worker thread failed: nobody catches this' }],
  ['fill the memory', { class: 'crash', message: expect.stringContaining('memory limit') }],
])('when told to %s it fails, and the next attempt succeeds', async (act, error) => {
  const perform = openPool();
  expect(await perform(act)).toMatchObject({ kind: 'failed', error });
  expect(await perform('thread')).toMatchObject({ kind: 'answered' });
});

test('a module that cannot be loaded is fatal', async () => {
  expect(await openPool('./broken.ts')('thread')).toMatchObject({ error: { class: 'fatal' } });
});

test('a function that heeds its signal keeps its thread', async () => {
  const perform = openPool('./versatile.ts', 20_000);
  const before = await perform('thread');
  const attempt = new FakeAttempt();
  const running = perform('heed the signal', attempt);
  await attempt.until(({ news }) => news.length > 0);
  attempt.controller.abort(new Error('enough'));
  expect(await running).toMatchObject({ kind: 'failed', error: { message: 'enough' } });
  expect(await perform('thread')).toEqual(before);
});

test('a function that loops for ever loses its thread', async () => {
  const perform = openPool();
  const before = await perform('thread');
  const attempt = new FakeAttempt();
  const running = perform('loop for ever', attempt);
  await attempt.until(({ news }) => news.length > 0);
  attempt.controller.abort();
  expect(await running).toMatchObject({ kind: 'failed' });
  expect(await perform('thread')).not.toEqual(before);
});

test('an attempt that was cancelled before it began ends', async () => {
  const attempt = new FakeAttempt();
  attempt.controller.abort();
  expect(await openPool()('loop for ever', attempt)).toMatchObject({ kind: 'failed' });
});
