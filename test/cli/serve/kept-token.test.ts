import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { systemRandom } from '../../../src/adapters/system/random.ts';
import { keptToken } from '../../../src/cli/serve/kept-token.ts';
import { temporaryFolder } from '../../contract/adapters.ts';

test('it is made once, in a file of its own that nobody else can read', () => {
  const dir = temporaryFolder();
  const token = keptToken(dir, systemRandom);
  expect(token).toMatch(/^[\w-]{32,}$/);
  expect(keptToken(dir, systemRandom)).toBe(token);
  expect(readdirSync(dir)).toEqual(['inspector-token']);
  expect(statSync(join(dir, 'inspector-token')).mode & 0o777).toBe(0o600);
  rmSync(join(dir, 'inspector-token'));
  expect(keptToken(dir, systemRandom)).not.toBe(token);
});

test('one that others can read, could have chosen or can guess is replaced', () => {
  const dir = temporaryFolder();
  const path = join(dir, 'inspector-token');
  const token = keptToken(dir, systemRandom);
  chmodSync(path, 0o640);
  const next = keptToken(dir, systemRandom);
  expect(next).not.toBe(token);
  expect(statSync(path).mode & 0o777).toBe(0o600);

  for (const text of ['', 'short', `${next}\n<script>`]) {
    writeFileSync(path, text);
    expect(keptToken(dir, systemRandom)).toMatch(/^[\w-]{32,}$/);
    expect(readFileSync(path, 'utf8')).not.toBe(text);
  }

  const elsewhere = join(temporaryFolder(), 'chosen');
  writeFileSync(elsewhere, 'x'.repeat(43), { mode: 0o600 });
  rmSync(path);
  symlinkSync(elsewhere, path);
  expect(keptToken(dir, systemRandom)).not.toBe('x'.repeat(43));
  expect(readFileSync(elsewhere, 'utf8')).toBe('x'.repeat(43));
  expect(readdirSync(dir)).toEqual(['inspector-token']);
});

test('where nothing can be kept, each start has one of its own', () => {
  const dir = temporaryFolder();
  expect(keptToken(join(dir, 'gone'), systemRandom)).toMatch(/^[\w-]{32,}$/);
  mkdirSync(join(dir, 'inspector-token'));
  expect(keptToken(dir, systemRandom)).not.toBe(keptToken(dir, systemRandom));
  expect(readdirSync(dir)).toEqual(['inspector-token']);
});
