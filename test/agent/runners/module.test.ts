import { join } from 'node:path';
import { expect, test } from 'vitest';
import { moduleRunner } from '../../../src/agent/runners/module.ts';
import { definitionOf } from '../fixtures/definition.ts';
import { requestOf } from '../fixtures/request.ts';
import { FakeAttempt } from '../fixtures/running-attempt.ts';

const directory = join(import.meta.dirname, '../../fixtures/agent-modules');

async function run(module: string) {
  const runner = moduleRunner(definitionOf({ runner: 'module', module, directory }), 100);
  return runner.run(requestOf(), new FakeAttempt());
}

test.each([
  ['./default-function.ts', 'hello s1'],
  ['./named-run.ts', 'named'],
  ['./defined.ts', 'defined'],
])('the agent in %s is found', async (module, output) => {
  expect(await run(module)).toMatchObject({ kind: 'answered', output });
});

test.each([
  ['./without-agent.ts', 'exports no agent'],
  ['./broken.ts', 'cannot be loaded: Error: cannot be loaded today'],
  ['./missing.ts', 'there is no module'],
])('%s cannot be an agent, and trying again would not help', async (module, message) => {
  await expect(run(module)).rejects.toMatchObject({
    class: 'fatal',
    message: expect.stringContaining(message),
  });
});
