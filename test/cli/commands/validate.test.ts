import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryFolder, troupe } from '../run-in-process.ts';

const GOOD =
  '# Good\n\n```yaml\nname: good\nversion: 1.0.0\n```\n\n## Phase: One\n\n### Steps\n- agent: worker - Work\n';
const BAD = GOOD.replace('1.0.0', 'one').replace('agent: worker', 'agent: wroker');

describe('troupe validate', () => {
  test('says that a file is well, and what it defines', async () => {
    const cwd = project({ good: GOOD });
    const { code, stdout } = await troupe(['validate', 'tasks/good.md'], { cwd });
    expect(code).toBe(0);
    expect(stdout).toMatch(/✓ valid {2}tasks\/good\.md: good 1\.0\.0, 1 phase, 1 step/);
  });

  test('prints mistakes as a compiler does, with the line and what was meant', async () => {
    const cwd = project({ bad: BAD });
    const { code, stdout } = await troupe(['validate', 'bad'], { cwd });
    expect(code).toBe(2);
    expect(stdout).toMatch(/^tasks\/bad\.md:5:\d+: error BAD_VERSION: /m);
    expect(stdout).toMatch(/^ +5 \| version: one\n +\| +\^$/m);
    expect(stdout).toMatch(/^tasks\/bad\.md:11:\d+: error UNKNOWN_AGENT: .*wroker/m);
    expect(stdout).toContain('worker');
    expect(stdout).toContain('✗ not valid  tasks/bad.md: 2 errors');
  });

  test('says which voters have models of one family, where they must differ in it', async () => {
    const vote = `# Vote\n## Phase: One\n### Steps\n- consensus: majority - Ship?\n\n  \`\`\`yaml\n  distinct: family\n  voters: [one, two]\n  \`\`\`\n`;
    const cwd = project({ vote });
    for (const name of ['one', 'two']) {
      const file = `---\nname: ${name}\ndescription: Votes.\nmodel: claude-${name}\ntroupe:\n  command: [node, ./v.mjs]\n---\n`;
      writeFileSync(join(cwd, 'agents', `${name}.md`), file);
    }
    const { code, stdout } = await troupe(['validate', 'tasks/vote.md'], { cwd });
    expect(code).toBe(2);
    expect(stdout).toMatch(
      /^tasks\/vote\.md:4:1: error BAD_VALUE: two and one have models of one family, claude/m,
    );
  });

  test('as a document has every mistake with its place', async () => {
    const cwd = project({ good: GOOD, bad: BAD });
    const { code, stdout } = await troupe(['validate', 'good', 'bad', '--json'], { cwd });
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({
      valid: false,
      files: [
        { file: 'tasks/good.md', valid: true, task: { name: 'good', version: '1.0.0' } },
        {
          file: 'tasks/bad.md',
          valid: false,
          task: null,
          diagnostics: [
            { code: 'BAD_VERSION', line: 5, severity: 'error' },
            { code: 'UNKNOWN_AGENT', line: 11, severity: 'error' },
          ],
        },
      ],
    });
  });

  test("a mistake in an agent's file is one of the task", async () => {
    const cwd = project({ good: GOOD });
    writeFileSync(join(cwd, 'agents/worker.md'), '---\nname: worker\ntroupe:\n  command: 7\n---\n');
    const { code, stdout } = await troupe(['validate', 'good'], { cwd });
    expect(code).toBe(2);
    expect(stdout).toMatch(/^agents\/worker\.md:4:\d+: error BAD_TYPE: /m);
  });

  test('a file that is not there is bad usage', async () => {
    const { code, stderr } = await troupe(['validate', 'tasks/none.md'], { cwd: project({ good: GOOD }) });
    expect(code).toBe(2);
    expect(stderr).toContain('none');
  });
});

function project(tasks: Readonly<Record<string, string>>): string {
  const cwd = temporaryFolder();
  mkdirSync(join(cwd, 'tasks'));
  mkdirSync(join(cwd, 'agents'));
  writeFileSync(
    join(cwd, 'agents/worker.md'),
    '---\nname: worker\ntroupe:\n  command: [node, ./worker.mjs]\n---\n',
  );
  for (const [name, text] of Object.entries(tasks)) writeFileSync(join(cwd, 'tasks', `${name}.md`), text);
  return cwd;
}
