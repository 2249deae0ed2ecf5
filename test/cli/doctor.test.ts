import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, onTestFinished, test } from 'vitest';
import { AgentCatalogue } from '../../src/agent/catalogue.ts';
import { checkAgents, isProgram } from '../../src/cli/doctor/agents.ts';
import { checkDatabases, checkProcesses } from '../../src/cli/doctor/databases.ts';
import { checkFolder, judgeRoom } from '../../src/cli/doctor/folder.ts';
import { checkNode } from '../../src/cli/doctor/node.ts';
import { createHistoryStore } from '../../src/history/create-store.ts';
import { temporaryFolder } from '../contract/adapters.ts';
import { openEngine } from '../history/fixtures.ts';

describe('doctor, about Node', () => {
  test.each([
    ['24.15.0', 'ok'],
    ['26.0.0', 'ok'],
    ['24.14.9', 'problem'],
    ['20.20.2', 'problem'],
  ])('%s is %s', (version, kind) => {
    expect(checkNode(version).kind).toBe(kind);
  });
});

describe('doctor, about the data folder', () => {
  test('one that is not there yet is well, and is not made', () => {
    const dir = join(temporaryFolder(), 'deep', '.troupe');
    expect(checkFolder(dir)[0]).toMatchObject({
      kind: 'ok',
      message: expect.stringContaining('not there yet'),
    });
    expect(existsSync(dir)).toBe(false);
  });

  test('one that others may read is a problem, with the command that mends it', () => {
    const dir = temporaryFolder();
    chmodSync(dir, 0o755);
    expect(checkFolder(dir)[0]).toMatchObject({ kind: 'problem', remedy: `chmod 700 ${dir}` });
    chmodSync(dir, 0o700);
    expect(checkFolder(dir)[0]?.kind).toBe('ok');
  });

  test('a file in its place is a problem', () => {
    const path = join(temporaryFolder(), 'file');
    writeFileSync(path, '');
    expect(checkFolder(path)[0]).toMatchObject({ kind: 'problem' });
  });

  test.each([
    [50 * 1024 ** 2, 'problem'],
    [500 * 1024 ** 2, 'note'],
    [50 * 1024 ** 3, 'ok'],
  ])('%d bytes of room are %s', (bytes, kind) => {
    expect(judgeRoom(bytes).kind).toBe(kind);
  });
});

describe('doctor, about databases', () => {
  test('those of a folder in use are sound', async () => {
    const dir = temporaryFolder();
    await openEngine(dir);
    await (await createHistoryStore({ data: dir })).close();
    expect(checkDatabases(dir).map(({ about, kind }) => [about, kind])).toEqual([
      ['log.db', 'ok'],
      ['local.db', 'ok'],
      ['history.db', 'ok'],
    ]);
  });

  test('a file that is no database is a problem, with what may be done', () => {
    const dir = temporaryFolder();
    writeFileSync(join(dir, 'log.db'), 'x'.repeat(8192));
    expect(checkDatabases(dir)).toMatchObject([
      { about: 'log.db', kind: 'problem', remedy: expect.any(String) },
    ]);
  });

  test('one that a newer Troupe wrote is a problem', async () => {
    const dir = temporaryFolder();
    await openEngine(dir);
    const database = new DatabaseSync(join(dir, 'log.db'));
    database.exec('PRAGMA user_version = 9999');
    database.close();
    expect(checkDatabases(dir)[0]).toMatchObject({
      about: 'log.db',
      kind: 'problem',
      message: expect.stringContaining('a newer Troupe'),
      remedy: expect.stringContaining('Update Troupe'),
    });
  });

  test('a damaged page is found', () => {
    const dir = temporaryFolder();
    const path = join(dir, 'history.db');
    const database = new DatabaseSync(path);
    database.exec('CREATE TABLE t (a TEXT); CREATE INDEX i ON t (a);');
    for (let row = 0; row < 500; row += 1) database.exec(`INSERT INTO t VALUES ('${'x'.repeat(50)}${row}')`);
    database.close();
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.fill(0xff, 3 * 4096, 4 * 4096));
    expect(checkDatabases(dir)).toMatchObject([{ about: 'history.db', kind: 'problem' }]);
  });
});

describe('doctor, about processes', () => {
  test('counts those at work', async () => {
    const dir = temporaryFolder();
    await openEngine(dir);
    expect(checkProcesses(dir)).toMatchObject([{ kind: 'ok', message: '1 at work on this folder' }]);
  });

  test('a stopped one is a problem, with how to wake it; a dead one is not', async () => {
    const dir = temporaryFolder();
    const program = join(import.meta.dirname, '../fixtures/cli/hold-folder.ts');
    const child = spawn(process.execPath, [program, dir], { stdio: ['ignore', 'pipe', 'inherit'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    await new Promise((resolve) => child.stdout.once('data', resolve));

    child.kill('SIGSTOP');
    await stateOf(child.pid ?? 0, 'T');
    expect(checkProcesses(dir)[0]).toMatchObject({
      kind: 'problem',
      message: `process ${child.pid} is stopped while it owns executions.`,
      remedy: expect.stringContaining(`kill -CONT ${child.pid}`),
    });

    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
    expect(checkProcesses(dir)).toMatchObject([
      { kind: 'note' },
      { kind: 'ok', message: '0 at work on this folder' },
    ]);
  });
});

describe('doctor, about agents', () => {
  test('finds a program that is not there, a script that is not there, and a variable that is not set', async () => {
    const agents = folderOfAgents({
      sound: 'command: [node, ./sound.mjs]',
      'no-program': 'command: [no-such-program-here]',
      'no-script': 'command: [node, ./missing.mjs]',
      'no-module': 'module: ./missing.ts',
      keyed: 'command: [node, ./sound.mjs]\n  env: [SOME_KEY]',
      broken: 'command: 7',
      elsewhere: 'capabilities: [reads]',
    });
    const findings = await checkAgents(new AgentCatalogue([agents]), { PATH: process.env.PATH });
    expect(findings.map(({ about, kind }) => [about, kind])).toEqual([
      ['Agent broken', 'problem'],
      ['Agent elsewhere', 'note'],
      ['Agent no-module', 'problem'],
      ['Agent no-program', 'problem'],
      ['Agent no-script', 'problem'],
      ['Environment', 'note'],
      ['Agents', 'ok'],
    ]);
    expect(findings.at(-1)?.message).toBe('2 agents of 7 can be run');
    expect(findings.find(({ about }) => about === 'Agent no-script')?.message).toContain(
      join(agents, 'missing.mjs'),
    );
  });

  test('a program is a file that may be run, at its path or on the PATH', () => {
    const dir = temporaryFolder();
    writeFileSync(join(dir, 'tool'), '');
    expect(isProgram('tool', { PATH: dir })).toBe(false);
    chmodSync(join(dir, 'tool'), 0o755);
    expect(isProgram('tool', { PATH: dir })).toBe(true);
    expect(isProgram(join(dir, 'tool'), {})).toBe(true);
    expect(isProgram('tool', {})).toBe(false);
  });
});

function folderOfAgents(agents: Readonly<Record<string, string>>): string {
  const dir = join(temporaryFolder(), 'agents');
  mkdirSync(dir);
  writeFileSync(join(dir, 'sound.mjs'), '');
  for (const [name, troupe] of Object.entries(agents)) {
    writeFileSync(join(dir, `${name}.md`), `---\nname: ${name}\ntroupe:\n  ${troupe}\n---\n`);
  }
  return dir;
}

/** Resolves when the kernel says that the process is in this state. */
async function stateOf(pid: number, state: string): Promise<void> {
  while (!readFileSync(`/proc/${pid}/stat`, 'utf8').includes(`) ${state} `)) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}
