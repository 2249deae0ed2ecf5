import * as node from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as shim from '../../../web/src/reader/node-crypto.ts';

test('hashes as Node does', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.uint8Array(), (text, bytes) => {
      expect(shim.hash('sha256', text)).toBe(node.hash('sha256', text));
      const both = (from: Pick<typeof node, 'createHash'>) =>
        from.createHash('sha256').update(text).update(bytes);
      expect(both(shim as unknown as typeof node).digest('hex')).toBe(both(node).digest('hex'));
      const digest = shim.createHash('sha256').update(text).digest();
      expect(digest.readUInt32BE(0)).toBe(node.createHash('sha256').update(text).digest().readUInt32BE(0));
    }),
  );
});

test('knows nothing else', () => {
  expect(() => shim.createHash('md5')).toThrow('md5');
});
