import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { workingFilesIn } from '../../../src/adapters/system/working-files.ts';
import { digestOfFiles } from '../../../src/engine/subject-digest.ts';

function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'troupe-working-files-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  mkdirSync(join(dir, 'work/sub'), { recursive: true });
  writeFileSync(join(dir, 'secret'), 'secret');
  writeFileSync(join(dir, 'work/a.txt'), 'a');
  writeFileSync(join(dir, 'work/sub/b.txt'), 'b'.repeat(200_000));
  symlinkSync(join(dir, 'secret'), join(dir, 'work/link'));
  symlinkSync(dir, join(dir, 'work/up'));
  symlinkSync('a.txt', join(dir, 'work/inside'));
  return join(dir, 'work');
}

describe('files of a working directory', () => {
  test('are read in pieces, and told apart by their digests', async () => {
    const files = workingFilesIn(folder());
    const seen = await digestOfFiles(['a.txt', 'sub/b.txt'], files);
    expect(seen.files).toEqual([
      {
        path: 'a.txt',
        digest: 'sha256:ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb',
        bytes: 1,
      },
      { path: 'sub/b.txt', digest: expect.stringMatching(/^sha256:/), bytes: 200_000 },
    ]);
    expect((await digestOfFiles(['sub/b.txt', 'a.txt'], files)).digest).not.toBe(seen.digest);
    expect((await digestOfFiles(['inside'], files)).files?.[0]?.digest).toBe(seen.files?.[0]?.digest);
  });

  test.each([
    ['../secret', /outside of the working directory/],
    ['/etc/passwd', /outside of the working directory/],
    ['sub/../../secret', /outside of the working directory/],
    ['link', /by a link/],
    ['up/secret', /by a link/],
    ['nothing', /there is no file nothing/],
    ['a.txt/nothing', /there is no file/],
    ['sub', /no file|cannot be read|EISDIR/],
    ['.', /is no file/],
  ])('do not go to %s', async (path, problem) => {
    await expect(digestOfFiles([path], workingFilesIn(folder()))).rejects.toThrow(problem);
  });
});
