import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { MissingToolsError, missingTools } from '../../scripts/system-tools.ts';

const tool = (command: string) => ({
  command,
  debianPackage: `${command}-package`,
  neededFor: `${command} tests`,
});

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'troupe-tools-'));
});
afterEach(() => rm(folder, { recursive: true }));

test('a tool is there when any folder of PATH holds it as an executable', async () => {
  await mkdir(join(folder, 'bin'));
  await writeFile(join(folder, 'bin', 'present'), '');
  await chmod(join(folder, 'bin', 'present'), 0o755);
  await writeFile(join(folder, 'not-executable'), '', { mode: 0o644 });
  const tools = [tool('present'), tool('not-executable'), tool('absent')];
  const path = [folder, '', join(folder, 'bin')].join(delimiter);
  expect(missingTools(tools, path).map(({ command }) => command)).toEqual(['not-executable', 'absent']);
});

test('who cannot install is told what is missing, what for, and the command', () => {
  const { message } = new MissingToolsError([tool('git'), tool('python3')]);
  expect(message).toContain('  git (git tests)\n  python3 (python3 tests)\n');
  expect(message).toContain('sudo apt-get install git-package python3-package');
});
