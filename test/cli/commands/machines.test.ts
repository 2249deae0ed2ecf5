import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createMachine } from 'xstate';
import { temporaryFolder, troupe } from '../run-in-process.ts';

test('machines lists the statecharts, prints one, and writes all', async () => {
  expect((await troupe(['machines'])).stdout).toMatch(/^execution: .*running/m);
  const { stdout } = await troupe(['machines', 'agent', '--json']);
  expect(Object.keys(createMachine(JSON.parse(stdout)).states)).toContain('claimed');
  const cwd = temporaryFolder();
  await troupe(['machines', '--out', 'charts'], { cwd });
  expect(readdirSync(join(cwd, 'charts'))).toContain('phase.json');
  expect(JSON.parse(readFileSync(join(cwd, 'charts', 'phase.json'), 'utf8'))).toMatchObject({ id: 'phase' });
});

test('machines names those there are', async () => {
  const { code, stderr } = await troupe(['machines', 'nothing']);
  expect(code).toBe(2);
  expect(stderr).toContain('execution, phase, agent');
});
