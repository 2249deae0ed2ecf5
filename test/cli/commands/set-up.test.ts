import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { SHELL_SCRIPTS } from '../../../src/cli/complete/scripts.ts';
import { FIRST_COMMAND, STARTER_FILES } from '../../../src/cli/starter/files.ts';
import { Example } from '../../examples/run-example.ts';
import { temporaryFolder, troupe } from '../run-in-process.ts';

const env = { PATH: process.env.PATH };

describe('troupe init', () => {
  test('writes a task that is valid and runs, and says the next command', async () => {
    const cwd = temporaryFolder();
    const { code, stdout } = await troupe(['init', 'mine'], { cwd });
    expect(code).toBe(0);
    expect(stdout).toContain('✓ mine/tasks/review-text.md');
    expect(stdout).toContain(`  cd mine\n  ${FIRST_COMMAND}\n`);

    const project = join(cwd, 'mine');
    expect((await troupe(['validate', 'review-text'], { cwd: project, env })).code).toBe(0);
    const run = ['run', 'review-text', '-i', 'text=The cat sat on the mat. It was not amused.', '--json'];
    const { outputs, status } = JSON.parse((await troupe(run, { cwd: project, env })).stdout);
    expect({ status, outputs }).toEqual({
      status: 'completed',
      outputs: { score: 100, advice: ['Leave it as it is.'] },
    });
    expect(readFileSync(join(project, '.gitignore'), 'utf8')).toBe('.troupe/\n');
  });

  test('the starter judges: long sentences get advice, an empty text is refused', async () => {
    const cwd = temporaryFolder();
    await troupe(['init'], { cwd });
    const run = async (text: string) =>
      JSON.parse((await troupe(['run', 'review-text', '-i', `text=${text}`, '--json'], { cwd, env })).stdout);
    expect((await run('word '.repeat(30))).outputs).toEqual({
      score: 0,
      advice: ['Make the sentences shorter: one idea each.'],
    });
    expect(await run('')).toMatchObject({
      status: 'failed',
      error: { message: expect.stringContaining('no text') },
    });
  });

  test('writes nothing over what is there', async () => {
    const cwd = temporaryFolder();
    await troupe(['init'], { cwd });
    const before = readFileSync(join(cwd, 'agents/reader.mjs'), 'utf8');
    writeFileSync(join(cwd, 'agents/reader.mjs'), `${before}// mine\n`);
    const { code, stderr } = await troupe(['init'], { cwd });
    expect(code).toBe(2);
    expect(stderr).toContain('tasks/review-text.md');
    expect(readFileSync(join(cwd, 'agents/reader.mjs'), 'utf8')).toContain('// mine');
  });

  test('one file in the way stops all of it, before the first is written', async () => {
    const cwd = temporaryFolder();
    await troupe(['init'], { cwd });
    const [first] = STARTER_FILES;
    const other = temporaryFolder();
    writeFileSync(join(other, 'agents'), 'a file in place of the folder');
    expect((await troupe(['init'], { cwd: other })).code).toBe(2);
    expect(existsSync(join(other, first?.path ?? ''))).toBe(false);
  });

  test('keeps what .gitignore has', async () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, '.gitignore'), 'node_modules');
    await troupe(['init'], { cwd });
    expect(readFileSync(join(cwd, '.gitignore'), 'utf8')).toBe('node_modules\n.troupe/\n');
  });
});

describe('troupe config', () => {
  test('shows every setting and where it comes from', async () => {
    const cwd = temporaryFolder();
    await troupe(['config', 'set', 'leaseMs', '1m'], { cwd });
    await troupe(['config', 'set', '--local', 'logLevel', 'error'], { cwd });
    const { stdout } = await troupe(['config'], { cwd, env: { TROUPE_DATA: '/elsewhere' } });
    expect(stdout).toMatch(/^data +\/elsewhere +TROUPE_DATA /m);
    expect(stdout).toMatch(/^leaseMs +60000 +troupe\.yaml /m);
    expect(stdout).toMatch(/^logLevel +error +\.troupe\/config\.yaml /m);
    expect(stdout).toMatch(/^cancelGraceMs +2000 +default /m);
    expect(JSON.parse((await troupe(['config', '--json'], { cwd })).stdout)).toMatchObject({
      leaseMs: { value: 60_000, from: 'troupe.yaml' },
    });
  });

  test('get prints the value alone', async () => {
    const cwd = temporaryFolder();
    expect((await troupe(['config', 'get', 'data'], { cwd })).stdout).toBe('.troupe\n');
  });

  test('set says when something else goes before', async () => {
    const { stderr } = await troupe(['config', 'set', 'data', 'mine'], { env: { TROUPE_DATA: 'theirs' } });
    expect(stderr).toContain('Note: TROUPE_DATA sets it too, and goes before.');
  });

  test.each([
    [['config', 'get', 'daat'], "There is no setting 'daat'."],
    [['config', 'set', 'leaseMs', 'soon'], 'leaseMs'],
  ])('%j is refused', async (args, message) => {
    const { code, stderr } = await troupe(args);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });

  test('the data folder that is set is the one that is used', async () => {
    const example = new Example('yaml-task');
    const cwd = temporaryFolder();
    await troupe(['init'], { cwd });
    writeFileSync(join(cwd, 'troupe.yaml'), `data: kept-here\nagents: ['${example.cwd}/agents']\n`);
    await troupe(['run', 'review-text', '-i', 'text=a b c.', '--json'], { cwd, env });
    expect(readdirSync(cwd)).toContain('kept-here');
    expect(readdirSync(cwd)).not.toContain('.troupe');
    expect((await troupe(['agents'], { cwd, env })).stdout).toContain('etiquette');
  });
});

describe('troupe doctor', () => {
  test('says that all is well', async () => {
    const example = new Example('python-agent');
    const { code, stdout } = await example.troupe(['doctor']);
    expect(stdout).toMatch(/All is well\.\n$/);
    expect(code).toBe(0);
  });

  test('ends with 1 when something has to be mended, and says what to do', async () => {
    const cwd = temporaryFolder();
    const agent = '---\nname: lost\ntroupe:\n  command: [no-such-program]\n---\n';
    writeFileSync(join(cwd, 'lost.md'), agent);
    const { code, stdout } = await troupe(['doctor', '--agents', '.'], { cwd, env });
    expect(code).toBe(1);
    expect(stdout).toMatch(/✗ problem +Agent lost +its program no-such-program cannot be run\./);
    expect(stdout).toContain('→ Install no-such-program');
    expect(stdout).toMatch(/1 thing to mend\.\n$/);
    const { stdout: text } = await troupe(['doctor', '--agents', '.', '--json'], { cwd, env });
    expect(JSON.parse(text)).toMatchObject({ healthy: false, findings: expect.any(Array) });
  });
});

describe('troupe completion', () => {
  test('knows commands, options, tasks and executions', async () => {
    const example = new Example('fan-out');
    await example.troupe(['run', 'translate', '-i', 'text=hello', '--id', 'my-run']);
    const words = async (...line: readonly string[]) =>
      (await example.troupe(['complete-words', '--', ...line])).stdout
        .split('\n')
        .map((found) => found.split('\t')[0]);
    expect(await words('sho')).toEqual(['show', '']);
    expect(await words('show', '')).toEqual(['my-run', '']);
    expect(await words('run', 'tra')).toEqual(['translate', '']);
    expect(await words('show', 'my-run', '--st')).toEqual(['--step', '']);
    expect(await words('list', '--status', 'fai')).toEqual(['failed', '']);
  });

  test.each(['bash', 'zsh', 'fish'])(
    'prints a script for %s that asks for what may follow',
    async (shell) => {
      const { code, stdout } = await troupe(['completion', shell]);
      expect(code).toBe(0);
      expect(stdout).toContain('troupe complete-words --');
    },
  );

  test('the script for bash works in bash', () => {
    const script = `
      troupe() { printf 'show\\tshow an execution\\nsignal\\tsend\\n'; printf '%s\\n' "$*" >&2; }
      eval "$SCRIPT"
      COMP_WORDS=(troupe s) COMP_CWORD=1
      _troupe
      printf '%s\\n' "\${COMPREPLY[@]}"`;
    const answer = execFileSync('bash', ['-c', script], {
      encoding: 'utf8',
      env: { ...process.env, SCRIPT: SHELL_SCRIPTS.bash },
    });
    expect(answer).toBe('show\nsignal\n');
  });

  test('another shell is bad usage', async () => {
    expect((await troupe(['completion', 'tcsh'])).code).toBe(2);
  });
});
