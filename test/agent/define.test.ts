import { availableParallelism } from 'node:os';
import { expect, test } from 'vitest';
import { defaultConcurrency } from '../../src/agent/concurrency.ts';
import { defineAgent } from '../../src/agent/define.ts';

const run = () => 1;

test('an agent is data and a function', () => {
  expect(
    defineAgent({ name: 'a', run, timeout: '2 minutes', env: ['KEY', { name: 'PLACE', secret: false }] }),
  ).toEqual({
    kind: 'function',
    name: 'a',
    description: '',
    run,
    concurrency: undefined,
    timeoutMs: 120_000,
    outputSchema: undefined,
    env: [
      { name: 'KEY', secret: true },
      { name: 'PLACE', secret: false },
    ],
    capabilities: [],
  });
});

test.each([
  [{ name: 'an agent' }, 'AGENT_NAME_INVALID'],
  [{ name: '' }, 'AGENT_NAME_INVALID'],
  [{ concurrency: 0 }, 'AGENT_OPTION_INVALID'],
  [{ concurrency: 1.5 }, 'AGENT_OPTION_INVALID'],
  [{ timeout: 0 }, 'AGENT_OPTION_INVALID'],
  [{ timeout: Number.NaN }, 'AGENT_OPTION_INVALID'],
  [{ timeout: 'soon' }, 'DURATION_INVALID'],
  [{ liveness: { progress: 0 } }, 'AGENT_OPTION_INVALID'],
  [{ liveness: { host: 'often' } }, 'DURATION_INVALID'],
])('%j is refused', (options, code) => {
  expect(() => defineAgent({ name: 'a', run, ...options })).toThrow(expect.objectContaining({ code }));
});

test('the beats of an agent are bounded in milliseconds or durations', () => {
  const { liveness } = defineAgent({ name: 'a', run, liveness: { host: 5000, progress: '5 minutes' } });
  expect(liveness).toEqual({ host: 5000, progress: 300_000 });
});

test('how much runs at once depends on what it costs', () => {
  expect(defaultConcurrency('command')).toBe(4);
  expect(defaultConcurrency('in-process')).toBe(64);
  expect(defaultConcurrency('worker')).toBe(availableParallelism());
});
