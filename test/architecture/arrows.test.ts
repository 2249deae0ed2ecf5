import { expect, test } from 'vitest';
import { violationsIn } from './arrows.ts';

test.each([
  ['machines/agent.ts', `import { setup } from 'xstate';`],
  ['machines/agent.ts', `import { step } from './step.ts';`],
  ['machines/agent.ts', `import type { TaskDefinition } from '../src/task/definition.ts';`],
  ['src/task/markdown/read.ts', `import { unified } from 'unified';`],
  ['src/task/markdown/read.ts', `import { TroupeError } from '../../errors.ts';`],
  ['src/ports/event-log.ts', `import type { Json } from '../json.ts';`],
  ['src/engine/loop.ts', `import { executionMachine } from '../../machines/execution.ts';`],
  ['src/adapters/sqlite/log.ts', `import { DatabaseSync } from 'node:sqlite';`],
  ['src/agent/host.ts', `import { execa } from 'execa';`],
  ['src/history/queries.ts', `import { DatabaseSync } from 'node:sqlite';`],
  ['src/library/embedded.ts', `import { open } from '../adapters/sqlite/open.ts';`],
  ['src/cli/main.ts', `import { Command } from 'commander';`],
  ['agents/trend.ts', `import type { AgentRequest } from '../src/agent/index.ts';`],
])('%s may: %s', (file, source) => {
  expect(violationsIn(file, source)).toEqual([]);
});

test.each([
  ['machines/agent.ts', `import { parse } from '../src/task/definition.ts';`],
  ['machines/agent.ts', `import type { Loop } from '../src/engine/loop.ts';`],
  ['machines/agent.ts', `import { readFileSync } from 'node:fs';`],
  ['src/task/plan.ts', `import { executionMachine } from '../../machines/execution.ts';`],
  ['src/task/plan.ts', `import type { EventLog } from '../ports/event-log.ts';`],
  ['src/task/plan.ts', `import { execa } from 'execa';`],
  ['src/ports/event-log.ts', `import type { TaskDefinition } from '../task/definition.ts';`],
  ['src/engine/loop.ts', `import { open } from '../adapters/sqlite/open.ts';`],
  ['src/engine/loop.ts', `import { DatabaseSync } from 'node:sqlite';`],
  ['src/engine/loop.ts', `const { open } = await import('../adapters/sqlite/open.ts');`],
  ['src/adapters/memory/log.ts', `import { open } from '../sqlite/open.ts';`],
  ['src/adapters/sqlite/log.ts', `export { loop } from '../../engine/loop.ts';`],
  ['src/agent/host.ts', `import { loop } from '../engine/loop.ts';`],
  ['src/history/queries.ts', `import { open } from '../adapters/sqlite/open.ts';`],
  ['src/library/embedded.ts', `import { main } from '../cli/main.ts';`],
  ['src/library/embedded.ts', `import { Command } from 'commander';`],
  ['agents/trend.ts', `import { defineAgent } from '../src/agent/index.ts';`],
  ['src/errors.ts', `import { parse } from './task/definition.ts';`],
])('%s may not: %s', (file, source) => {
  expect(violationsIn(file, source)).toHaveLength(1);
});

test('a violation says where it is and what is wrong', () => {
  const source = `import { setup } from 'xstate';\nimport fs from 'node:fs';\n`;
  expect(violationsIn('machines/phase.ts', source)).toEqual([
    'machines/phase.ts:2: machines must not import node:fs',
  ]);
});

test('a folder without arrows is a violation by itself', () => {
  expect(violationsIn('src/helpers/things.ts', '')).toHaveLength(1);
});
