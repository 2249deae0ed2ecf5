import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { reportError } from '../../src/cli/report-error.ts';
import { TroupeError } from '../../src/errors.ts';
import { createTestContext, temporaryFolder, troupe } from './run-in-process.ts';

const TASK = `# good

\`\`\`yaml
name: good
version: 1.0.0
\`\`\`

## Phase: One

### Steps
- validation: 1 < 2 - of course
`;

function folderWithTask(): string {
  const cwd = temporaryFolder();
  mkdirSync(join(cwd, 'tasks'));
  writeFileSync(join(cwd, 'tasks/good.md'), TASK);
  return cwd;
}

describe('bad usage ends with 2, says what is wrong and what to do', () => {
  test.each<[string, readonly string[], RegExp]>([
    ['no such command', ['pasue', 'x'], /^error: Unknown command 'pasue'\nhint: Did you mean pause\?/],
    [
      'no such option',
      ['run', 'good', '--jsn'],
      /^error: Unknown option '--jsn'\nhint: Did you mean --json\?/,
    ],
    ['no such task', ['run', 'goood'], /hint: did you mean 'good'/],
    ['an option without its value', ['run', 'good', '--id'], /^error: .*argument missing/],
    [
      'an argument too few',
      ['pause'],
      /^error: Missing required argument 'execution'\nhint: Usage: troupe pause \[options\] <execution>\n/,
    ],
    [
      'an argument too many',
      ['pause', 'x', 'y'],
      /^error: Too many arguments.*\nhint: Usage: troupe pause \[options\] <execution>\n/,
    ],
    [
      'an argument too few of a command within another',
      ['config', 'set'],
      /^error: Missing required argument .*\nhint: Usage: troupe config set /,
    ],
    [
      'a field given twice',
      ['run', 'good', '-i', 'amount=5', '-i', 'amount=6'],
      /^error: The field 'amount' is given twice\./,
    ],
    [
      'a folder of agents that is not there',
      ['run', 'good', '--agents', 'none'],
      /^error: --agents none: there is no such folder\./,
    ],
    [
      'a file for a folder of agents',
      ['validate', 'good', '--agents', 'tasks/good.md'],
      /^error: --agents tasks\/good\.md: it is not a folder\./,
    ],
    [
      'a folder for a task',
      ['validate', 'tasks/'],
      /^error: 'tasks\/' is a folder, not a task\nhint: .*troupe validate tasks\/\*\.md/,
    ],
    ['a folder to run', ['run', 'tasks'], /^error: 'tasks' is a folder, not a task/],
    ['a bad id', ['run', 'good', '--id', 'a b'], /'a b' is not an id/],
    ['a field without value', ['run', 'good', '-i', 'x'], /'x' is not FIELD=VALUE\nhint: .*-i ticker=SPX/],
    ['a field that the task does not know', ['run', 'good', '-i', 'x=1'], /'x' is no field/],
    [
      'a missing input file',
      ['run', 'good', '--input-file', 'none.json'],
      /none\.json: there is no such file/,
    ],
    ['no task', ['run'], /run needs a task\.\nhint: troupe tasks/],
    ['a word for later', ['run', '--task', 'T1'], /--task is about dispatcher files/],
    [
      'another word for later',
      ['run', '--batch-group', 'GROUP_A'],
      /--batch-group is about dispatcher files/,
    ],
    ['an unknown execution', ['show', 'x'], /There is no execution x here/],
    [
      'a payload given twice',
      ['signal', 'x', 'go', '1', '--payload-file', 'f'],
      /The payload is given twice/,
    ],
    ['nothing to watch', ['watch'], /no execution here that has not ended/],
  ])('%s', async (_name, args, message) => {
    const { code, stdout, stderr } = await troupe(args, { cwd: folderWithTask() });
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^error: /);
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  test('with --json the error is the one document', async () => {
    for (const args of [
      ['rnu', '--json'],
      ['run', 'goood', '--json'],
      ['pause', 'x', '--json'],
    ]) {
      const { code, stdout } = await troupe(args, { cwd: folderWithTask() });
      expect(code).toBe(2);
      expect(JSON.parse(stdout)).toEqual({ error: expect.objectContaining({ message: expect.any(String) }) });
    }
  });
});

test('an input file must hold an object; JSON and YAML are read', async () => {
  const cwd = folderWithTask();
  writeFileSync(join(cwd, 'list.json'), '[1]');
  writeFileSync(join(cwd, 'broken.yaml'), 'a: [');
  expect((await troupe(['run', 'good', '--input-file', 'list.json'], { cwd })).stderr).toMatch(
    /does not hold an object/,
  );
  expect((await troupe(['run', 'good', '--input-file', 'broken.yaml'], { cwd })).stderr).toMatch(
    /neither JSON nor YAML/,
  );
  const readStdin = async () => '{"x": 1}';
  expect((await troupe(['run', 'good', '--input-file', '-'], { cwd, readStdin })).stderr).toMatch(
    /'x' is no field/,
  );
});

test('help and version end with 0 on standard output', async () => {
  const help = await troupe([]);
  expect(help).toMatchObject({ code: 0, stderr: '' });
  expect(help.stdout).toMatch(/Usage: troupe/);
  expect(await troupe(['--version'])).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
  });
  expect(await troupe(['help', 'run'])).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/Usage: troupe run/),
  });
});

test.each(['run', 'resume', 'up', 'watch', 'pause', 'abort', 'retry', 'signal'])(
  '%s --help has examples',
  async (name) => {
    const { code, stdout } = await troupe([name, '--help']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/Examples:\n {2}\$ troupe /);
  },
);

test('stacks are shown when asked for, with their causes', () => {
  const thrown = new TroupeError({ code: 'STORAGE_FULL', message: 'full', cause: new Error('ENOSPC') });
  const quiet = createTestContext();
  expect(reportError(quiet, thrown)).toBe(1);
  expect(quiet.stderr.text).toBe('error: full\n');
  const verbose = createTestContext({ isVerbose: true });
  reportError(verbose, thrown);
  expect(verbose.stderr.text).toMatch(/at .*usage\.test\.ts[\s\S]*caused by: Error: ENOSPC/);
});

test('what nobody foresaw says that it is a bug', () => {
  const context = createTestContext();
  expect(reportError(context, new TypeError('x is not a function'))).toBe(1);
  expect(context.stderr.text).toMatch(/x is not a function\n.*bug in Troupe; --verbose/);
});

test('TROUPE_DEBUG shows stacks', async () => {
  const { stderr } = await troupe(['show', 'x'], { env: { TROUPE_DEBUG: '1' } });
  expect(stderr).toMatch(/\n\s+at /);
});
