import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TaskParser } from '../../src/task/parser.ts';
import { findTask, readTaskFile, taskNamesIn } from '../../src/task/read.ts';

const markdown = '# T\n## Phase: P\n### Agents\n- a\n';
const yaml = 'name: T\nphases: [{name: P, agents: [a]}]\n';
let dir = '';

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'troupe-tasks-'));
  await mkdir(join(dir, 'tasks'));
  await mkdir(join(dir, 'more'));
  await mkdir(join(dir, 'tasks', 'folder.md'));
  const files = {
    'tasks/review.md': markdown,
    'tasks/review.yaml': yaml,
    'tasks/nightly.yml': yaml,
    'tasks/notes.txt': 'no task',
    'more/review.md': markdown,
    'more/coded.mjs': "export default { name: 'Coded', phases: [{ name: 'P', agents: ['a'] }] };\n",
    'more/typed.ts':
      "const name: string = 'Typed';\nexport default { name, phases: [{ name: 'P', agents: ['a'] }] };\n",
    'more/empty.mjs': 'export const x = 1;\n',
    'more/broken.mjs': "throw new Error('no luck');\n",
    'more/large.md': 'x'.repeat(1024 * 1024 + 1),
    'more/wrong.md': '# T\n',
  };
  for (const [path, content] of Object.entries(files)) await writeFile(join(dir, path), content);
});

afterAll(() => rm(dir, { recursive: true, force: true }));

describe('readTaskFile', () => {
  test.each([
    ['tasks/review.md', 'T'],
    ['tasks/review.yaml', 'T'],
    ['tasks/nightly.yml', 'T'],
    ['more/coded.mjs', 'Coded'],
    ['more/typed.ts', 'Typed'],
  ])('%s is read by its ending', async (path, name) => {
    const result = await readTaskFile(join(dir, path));
    expect(result).toMatchObject({ path: join(dir, path), task: { name }, diagnostics: [] });
  });

  test('gives the text for excerpts', async () => {
    expect((await readTaskFile(join(dir, 'tasks/review.md'))).content).toBe(markdown);
    expect((await readTaskFile(join(dir, 'more/coded.mjs'))).content).toBeUndefined();
  });

  test('knows the agents it is told', async () => {
    const { diagnostics } = await readTaskFile(join(dir, 'more/coded.mjs'), { agents: ['b'] });
    expect(diagnostics).toMatchObject([{ code: 'UNKNOWN_AGENT', file: join(dir, 'more/coded.mjs') }]);
  });

  test.each([
    ['more/empty.mjs', 'NOT_LOADED', 'no default export'],
    ['more/broken.mjs', 'NOT_LOADED', 'no luck'],
    ['more/large.md', 'OVER_LIMIT', '1024 KiB'],
  ])('%s: %s', async (path, code, message) => {
    const { task, diagnostics } = await readTaskFile(join(dir, path));
    expect(task).toBeUndefined();
    expect(diagnostics).toMatchObject([
      { code, message: expect.stringContaining(message), line: 1, column: 1 },
    ]);
  });

  test.each([
    ['tasks/nothing.md', 'ENOENT'],
    ['tasks/folder.md', 'not a file'],
    ['tasks/notes.txt', "'.txt' is not known"],
  ])('%s cannot be read: %s', async (path, reason) => {
    await expect(readTaskFile(join(dir, path))).rejects.toMatchObject({
      code: 'TASK_FILE_UNREADABLE',
      message: expect.stringContaining(reason),
    });
  });
});

describe('findTask', () => {
  const dirs = ['tasks', 'more'];

  test.each([
    ['review', 'tasks/review.md'],
    ['nightly', 'tasks/nightly.yml'],
    ['coded', 'more/coded.mjs'],
    ['more/coded', 'more/coded.mjs'],
    ['./more/review', 'more/review.md'],
    ['more/review.md', 'more/review.md'],
    ['review.yaml', 'tasks/review.yaml'],
    ['coded.mjs', 'more/coded.mjs'],
  ])('%s is %s', async (name, path) => {
    expect(await findTask(name, dirs, dir)).toBe(join(dir, path));
  });

  test('an absolute path is itself', async () => {
    expect(await findTask(join(dir, 'more/coded.mjs'), [])).toBe(join(dir, 'more/coded.mjs'));
  });

  test.each([
    ['reveiw', "did you mean 'review'?"],
    ['folder', 'troupe tasks lists the tasks there are'],
    ['zzzzzz.md', 'troupe tasks lists the tasks there are'],
    ['../etc/passwd', 'troupe tasks lists the tasks there are'],
  ])('%s is unknown: %s', async (name, hint) => {
    await expect(findTask(name, dirs, dir)).rejects.toMatchObject({ code: 'TASK_UNKNOWN', hint });
  });

  test('a folder is no task, and the hint says how to check what is in it', async () => {
    await expect(findTask('tasks', dirs, dir)).rejects.toMatchObject({
      code: 'TASK_FILE_UNREADABLE',
      message: "'tasks' is a folder, not a task",
      hint: 'name a file in it; troupe validate tasks/*.md checks all that are in it',
    });
  });

  test('names of a folder', async () => {
    expect(await taskNamesIn(join(dir, 'tasks'))).toEqual(['nightly', 'review']);
    expect(await taskNamesIn(join(dir, 'nowhere'))).toEqual([]);
  });
});

describe('TaskParser', () => {
  const parser = new TaskParser();

  test('parses files and texts', async () => {
    expect(await parser.parseTaskFile(join(dir, 'tasks/review.md'))).toMatchObject({ name: 'T' });
    expect(parser.parseTaskContent(markdown)).toMatchObject({ name: 'T' });
    expect(parser.parseTaskContent(yaml, 'yaml')).toMatchObject({ name: 'T' });
  });

  test('gives one error with all diagnostics', async () => {
    const wrong = '# T\n## Phase: P\nparallel: 3\n### Steps\n- agent: a b\n';
    expect(() => parser.parseTaskContent(wrong)).toThrow(
      expect.objectContaining({
        name: 'TroupeError',
        code: 'DEFINITION_INVALID',
        message:
          "task.md is no valid task: parallel is true or false, not '3' (line 3, column 11) and 1 more",
        diagnostics: [
          expect.objectContaining({ code: 'BAD_VALUE' }),
          expect.objectContaining({ code: 'BAD_NAME' }),
        ],
      }),
    );
    expect(() => parser.parseTaskContent('- x', 'yaml')).toThrow(
      /^task.yaml is no valid task: [^(]*\(line 1, column 1\)$/,
    );
    await expect(parser.parseTaskFile(join(dir, 'more/wrong.md'))).rejects.toMatchObject({
      code: 'DEFINITION_INVALID',
    });
  });

  test('is told names', () => {
    expect(() => new TaskParser({ agents: ['b'] }).parseTaskContent(markdown)).toThrow(
      /no agent is called 'a'/,
    );
  });

  test('validates requirements', () => {
    const task = parser.parseTaskContent(
      `# T\n\`\`\`yaml\nrequirements: {n: number, d: {type: string, default: x}}\n\`\`\`\n${markdown.slice(4)}`,
    );
    expect(parser.validateTaskRequirements(task, { n: '3' })).toEqual({ n: 3, d: 'x' });
    expect(() => parser.validateTaskRequirements(task, { m: 1 })).toThrow(
      expect.objectContaining({
        code: 'INPUT_INVALID',
        message: expect.stringMatching(
          /'m' is no field of this task; did you mean 'n'\?[^']*'n' is required/,
        ),
      }),
    );
  });

  test('reads durations', () => {
    expect(parser.parseTimeString('5 minutes')).toBe(300_000);
    expect(() => parser.parseTimeString('5 parsecs')).toThrow(
      expect.objectContaining({ code: 'DURATION_INVALID' }),
    );
  });
});
