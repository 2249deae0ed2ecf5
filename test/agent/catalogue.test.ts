import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AgentCatalogue } from '../../src/agent/catalogue.ts';

let root: string;
let catalogue: AgentCatalogue;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'troupe-catalogue-'));
  const write = async (file: string, text: string) => {
    await mkdir(join(root, file, '..'), { recursive: true });
    await writeFile(join(root, file), text);
  };
  await write('mine/trend.md', '---\ndescription: mine\n---\n');
  await write('mine/broken.md', '---\ntroupe:\n  runner: docker\n---\n');
  await write('mine/README.md', '# My agents\n');
  await write('mine/notes.txt', 'no agent');
  await write('mine/folder.md/x', 'a folder that looks like an agent');
  await write('shipped/trend.md', '---\ndescription: shipped\n---\n');
  await write('shipped/volatility.md', '---\ndescription: shipped\n---\n');
  catalogue = new AgentCatalogue([join(root, 'mine'), join(root, 'nowhere'), join(root, 'shipped')]);
});

afterAll(() => rm(root, { recursive: true }));

test('the first folder that has the name counts', async () => {
  expect(await catalogue.get('trend')).toMatchObject({
    name: 'trend',
    description: 'mine',
    directory: join(root, 'mine'),
  });
  expect(await catalogue.get('volatility')).toMatchObject({ description: 'shipped' });
});

test('a list has every agent once, those with errors too, and no other files', async () => {
  const list = await catalogue.list();
  expect(list.map(({ name }) => name)).toEqual(['broken', 'trend', 'volatility']);
  expect(list[0]).toMatchObject({ definition: undefined, diagnostics: [{ code: 'BAD_VALUE', line: 3 }] });
});

test('an unknown name is an error that names the nearest', async () => {
  await expect(catalogue.get('volatilty')).rejects.toMatchObject({
    code: 'AGENT_UNKNOWN',
    message: expect.stringContaining("Did you mean 'volatility'?"),
    hint: expect.stringContaining(join(root, 'mine')),
  });
  expect(await catalogue.suggest('nothing-like-it')).toBeUndefined();
});

test('a file with errors is an error that shows them', async () => {
  await expect(catalogue.get('broken')).rejects.toMatchObject({
    code: 'AGENT_FILE_INVALID',
    message: expect.stringMatching(/broken\.md:3:11: error BAD_VALUE/),
  });
});

test('a name that leads out of the folder is not looked for', async () => {
  expect(await catalogue.find('../shipped/volatility')).toBeUndefined();
});
