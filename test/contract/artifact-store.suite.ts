import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Adapter } from './adapters.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** What every artifact store promises. */
export function artifactStoreSuite({ name, create }: Adapter<'artifacts'>): void {
  describe(`artifacts on ${name}`, () => {
    test('content is kept under its sha256, with what is known about it', async () => {
      const { artifacts } = await create().open();
      const reference = await artifacts.put(bytesOf('report'), {
        mediaType: 'text/plain',
        name: 'report.txt',
      });
      expect(reference).toEqual({
        $artifact: `sha256:${createHash('sha256').update('report').digest('hex')}`,
        bytes: 6,
        mediaType: 'text/plain',
        name: 'report.txt',
      });
      expect(new TextDecoder().decode(await artifacts.get(reference.$artifact))).toBe('report');
      expect(await artifacts.has(reference.$artifact)).toBe(true);
    });

    test('any bytes come back as they were, for every process', async () => {
      const folder = create();
      const [here, there] = [await folder.open(), await folder.open()];
      await fc.assert(
        fc.asyncProperty(fc.uint8Array({ maxLength: 2_000 }), async (bytes) => {
          const { $artifact } = await here.artifacts.put(bytes);
          expect([...(await there.artifacts.get($artifact))]).toEqual([...bytes]);
        }),
        { numRuns: 30 },
      );
    });

    test('the same content put twice at once gives the same reference', async () => {
      const { artifacts } = await create().open();
      const references = await Promise.all([1, 2, 3].map(() => artifacts.put(bytesOf('same'))));
      expect(new Set(references.map(({ $artifact }) => $artifact)).size).toBe(1);
    });

    test.each([
      ['an array of bytes', bytesOf],
      ['a buffer', (text: string) => Buffer.from(text)],
    ])('what the caller changes later in %s does not change what is kept', async (_, make) => {
      const { artifacts } = await create().open();
      const bytes = make('before');
      const { $artifact } = await artifacts.put(bytes);
      bytes.fill(0);
      (await artifacts.get($artifact)).fill(0);
      expect(new TextDecoder().decode(await artifacts.get($artifact))).toBe('before');
    });

    test.each([
      `sha256:${'0'.repeat(64)}`,
      'sha256:short',
      'sha256:../../../etc/passwd',
      `sha256:${'A'.repeat(64)}`,
      '',
    ])('%j, which nobody put, is missing', async (digest) => {
      const { artifacts } = await create().open();
      expect(await artifacts.has(digest)).toBe(false);
      await expect(artifacts.get(digest)).rejects.toMatchObject({ code: 'ARTIFACT_MISSING' });
    });
  });
}
