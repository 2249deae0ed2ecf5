import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { workingFilesIn } from '../../src/adapters/system/working-files.ts';
import { fileDigests } from '../../src/engine/file-digests.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'digests-'));
  mkdirSync(join(folder, 'work/out/deep'), { recursive: true });
  writeFileSync(join(folder, 'secret'), 'secret');
  writeFileSync(join(folder, 'work/plan.txt'), 'plan');
  writeFileSync(join(folder, 'work/out/b'), 'b');
  writeFileSync(join(folder, 'work/out/deep/a'), 'a');
});
afterEach(() => rmSync(folder, { recursive: true }));

const sha = (text: string) => createHash('sha256').update(text).digest('hex');
const digest = (...paths: string[]) => fileDigests(paths, workingFilesIn(join(folder, 'work')));

test('files by their path, folders by their files, and what is not there', async () => {
  expect(await digest('plan.txt', 'out', 'gone', 'plan.txt/below')).toEqual({
    'plan.txt': sha('plan'),
    'out/b': sha('b'),
    'out/deep/a': sha('a'),
    gone: null,
    'plan.txt/below': null,
  });
});

test('nothing outside of the working directory is read, also not through a link', async () => {
  symlinkSync(join(folder, 'secret'), join(folder, 'work/link'));
  symlinkSync(folder, join(folder, 'work/up'));
  symlinkSync(join(folder, 'secret'), join(folder, 'work/out/link'));
  for (const path of ['../secret', join(folder, 'secret'), 'link', 'up/secret', 'out/../../secret'])
    await expect(digest(path)).rejects.toThrow('working directory');
  expect(Object.keys(await digest('out'))).toEqual(['out/b', 'out/deep/a']);
});

test('a folder with very many files has one digest for all, which changes with each', async () => {
  const names = Array.from({ length: 220 }, (_, at) => `${'n'.repeat(180)}-${at}`);
  for (const name of names) writeFileSync(join(folder, 'work/out', name), name);
  const before = await digest('out', 'plan.txt');
  expect(before).toEqual({ out: expect.stringMatching(/^[0-9a-f]{64}$/), 'plan.txt': sha('plan') });
  writeFileSync(join(folder, 'work/out', names[7] ?? ''), 'other');
  expect((await digest('out', 'plan.txt')).out).not.toBe(before.out);
});
