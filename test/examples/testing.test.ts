import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { readAgentScripts } from '../../src/simulation/agents/read-scripts.ts';
import { temporaryFolder } from '../cli/run-in-process.ts';
import { Example } from './run-example.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const doc = readFileSync(`${root}/docs/testing.md`, 'utf8');

/** Path -> the text that the document shows of it. */
const shown = new Map(
  Array.from(
    doc.matchAll(/^<!-- (examples\/\S+) -->\n(`{3,})\w+\n([\s\S]*?)\n\2$/gm),
    ([, path = '', , text = '']) => [path, text] as const,
  ),
);

test('docs/testing.md shows every file of examples/testing', () => {
  const files = [...readdirSync(`${root}/examples/testing`), 'tasks/release-notes.md']
    .filter((file) => /\.(ts|md)$/.test(file))
    .map((file) => `examples/testing/${file}`);
  expect([...shown.keys()].sort()).toEqual(files.sort());
});

test.each([...shown])('%s is as docs/testing.md shows it', (path, text) => {
  const content = readFileSync(`${root}/${path}`, 'utf8').trimEnd();
  expect(text).toBe(content.replaceAll('../../src/testing.ts', 'troupe/testing'));
});

test('the task of examples/testing is valid', async () => {
  const { files } = await new Example('testing').json('validate', 'tasks/release-notes.md');
  const problems = files[0].diagnostics.filter(({ code }: { code: string }) => code !== 'UNKNOWN_AGENT');
  expect(problems).toEqual([]);
});

test('the example for node:test passes there', async () => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--test', `${root}/examples/testing/approval.node.ts`],
    {
      // Vitest's own settings are not for this process.
      env: { PATH: process.env.PATH },
    },
  );
  expect(stdout).toMatch(/pass 1/);
});

test('the file of agents that docs/testing.md shows can be read', async () => {
  const [, yaml = ''] = /```yaml\n(agents:[\s\S]*?)\n```/.exec(doc) ?? [];
  const folder = temporaryFolder();
  writeFileSync(`${folder}/past-run.jsonl`, readFileSync(`${root}/examples/testing/past-run.jsonl`));
  writeFileSync(`${folder}/agents.yaml`, yaml);
  const { agents, signals } = await readAgentScripts(`${folder}/agents.yaml`);
  expect([...agents.keys()]).toEqual(['historian', 'editor', 'lawyer', 'publisher']);
  expect(signals).toHaveLength(1);
});
