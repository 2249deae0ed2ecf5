import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FileArtifacts } from '../../../src/adapters/sqlite/artifact-store.ts';
import { systemRandom } from '../../../src/adapters/system/random.ts';
import { temporaryFolder } from '../../contract/adapters.ts';

const content = new TextEncoder().encode('a report');

function pathIn(dir: string, digest: string): string {
  const hex = digest.slice('sha256:'.length);
  return join(dir, hex.slice(0, 2), hex);
}

test('an artifact is one private file, named by its content', async () => {
  const dir = temporaryFolder();
  const artifacts = new FileArtifacts(dir, systemRandom);
  const { $artifact } = await artifacts.put(content);
  expect(statSync(pathIn(dir, $artifact)).mode & 0o777).toBe(0o600);
  expect(readdirSync(dir, { recursive: true })).toHaveLength(2);
});

test('a changed file is refused', async () => {
  const dir = temporaryFolder();
  const artifacts = new FileArtifacts(dir, systemRandom);
  const { $artifact } = await artifacts.put(content);
  writeFileSync(pathIn(dir, $artifact), 'something else');
  await expect(artifacts.get($artifact)).rejects.toMatchObject({ code: 'ARTIFACT_CORRUPT' });
});

test('storing the same content again mends a changed file', async () => {
  const dir = temporaryFolder();
  const artifacts = new FileArtifacts(dir, systemRandom);
  const { $artifact } = await artifacts.put(content);
  writeFileSync(pathIn(dir, $artifact), 'cut o');
  await artifacts.put(content);
  expect(await artifacts.get($artifact)).toEqual(Buffer.from(content));
});

test('storing the same content again does not write it again', async () => {
  const dir = temporaryFolder();
  const artifacts = new FileArtifacts(dir, systemRandom);
  const { $artifact } = await artifacts.put(content);
  const { ino } = statSync(pathIn(dir, $artifact));
  await artifacts.put(content);
  expect(statSync(pathIn(dir, $artifact)).ino).toBe(ino);
});

test('what cannot be written leaves nothing behind, and the error names it', async () => {
  const dir = temporaryFolder();
  const artifacts = new FileArtifacts(dir, systemRandom);
  const { $artifact } = await artifacts.put(content);
  const path = pathIn(dir, $artifact);
  rmSync(path);
  mkdirSync(join(path, 'in the way'), { recursive: true });
  await expect(artifacts.put(content)).rejects.toMatchObject({ code: 'STORAGE_FAILED' });
  expect(readdirSync(dir).filter((name) => name.endsWith('.part'))).toEqual([]);
});
