import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { temporaryFolder } from './fixtures/executors.ts';

/** Example -> what it prints. */
const EXPECTED: { readonly [file: string]: readonly string[] } = {
  'custom-step.ts': ['{"moving-average-of-the-last-closes":{"phase":"Smooth","average":13}}'],
  'follow-events.ts': [
    'Position Review started',
    'Check: running',
    'Check: completed',
    'Assess: running',
    'Assess: completed',
    'Decide: running',
    'Decide: completed',
    'completed with keep',
  ],
  'go-on-later.ts': [
    'first: market-analyst',
    'first: risk-analyst',
    'first: chair',
    'EXECUTOR_CLOSED',
    'second: chair',
    'keep {"market-analyst":"what market-analyst found","risk-analyst":"what risk-analyst found"}',
  ],
  'pause-and-resume.ts': ['pausing: the exchange is halted', 'Position Review is paused', 'keep'],
  'run-a-task.ts': ['keep', '{"market-analyst":{"trend":"up"},"risk-analyst":{"worstCase":2000}}'],
};

const folder = fileURLToPath(new URL('../../examples/library', import.meta.url));

test('every example of the library is run here', () => {
  expect(readdirSync(folder).filter((file) => file.endsWith('.ts'))).toEqual(Object.keys(EXPECTED));
});

test.each(Object.entries(EXPECTED))('%s prints what it says', async (file, lines) => {
  const { stdout, stderr } = await run(process.execPath, [`${folder}/${file}`], { cwd: temporaryFolder() });
  expect(stdout.trimEnd().split('\n')).toEqual(lines);
  expect(stderr).toBe('');
});

const run = promisify(execFile);
