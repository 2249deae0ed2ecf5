import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CommandLine } from './command-line.ts';

const TASK = `
import { defineTask } from 'troupe';

export default defineTask({
  name: 'greet',
  version: '1.0.0',
  phases: [{ name: 'Greet', agents: ['inside', 'beside'], steps: ['Greet'] }],
});
`;

const AGENT = `
import { defineAgent } from 'troupe/agent';

export default defineAgent({ name: 'greeter', run: ({ agent }) => 'hello from ' + agent });
`;

const FILES = {
  'tasks/greet.ts': TASK,
  'agents/greeter.ts': AGENT,
  'agents/inside.md': '---\nname: inside\ntroupe:\n  module: ./greeter.ts\n---\n',
  'agents/beside.md': '---\nname: beside\ntroupe:\n  module: ./greeter.ts\n  worker: true\n---\n',
};

let dir = '';

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'troupe-own-'));
  for (const [path, content] of Object.entries(FILES)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), content);
  }
});

afterAll(() => rmSync(dir, { recursive: true, force: true }));

test('tasks and agents that import troupe run in a folder where no such package is installed', async () => {
  const { code, stdout } = await new CommandLine(['run', 'greet', '--json'], dir).ended;
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    outputs: { inside: 'hello from inside', beside: 'hello from beside' },
  });
});

test('what a module imports besides and is not there is told', async () => {
  writeFileSync(join(dir, 'tasks/lost.ts'), `import 'no-such-package';\nexport default {};\n`);
  const { code, stdout, stderr } = await new CommandLine(['validate', 'lost'], dir).ended;
  expect(code).toBe(2);
  expect(stdout + stderr).toContain("Cannot find package 'no-such-package'");
});
