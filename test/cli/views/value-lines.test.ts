import { expect, test } from 'vitest';
import { bytesInWords, shortValue, valueLines } from '../../../src/cli/views/value-lines.ts';
import type { Json } from '../../../src/json.ts';

test.each<[Json, string | undefined]>([
  [null, '-'],
  ['text', 'text'],
  ['two\nlines', undefined],
  [1.5, '1.5'],
  [false, 'false'],
  [[], 'none'],
  [{}, 'none'],
  [['a', 2], 'a, 2'],
  [[{}], undefined],
  [{ a: 1 }, undefined],
  [{ $artifact: `sha256:${'0'.repeat(64)}`, bytes: 80_000 }, '(78 KiB, kept apart)'],
])('%j in short is %j', (value, short) => {
  expect(shortValue(value)).toBe(short);
});

test('a long text is broken between words, within the columns', () => {
  const lines = valueLines('a long text that does not fit into twenty columns', { columns: 20, maxLines: 9 });
  expect(lines).toEqual(['a long text that', 'does not fit into', 'twenty columns']);
});

test('what is left out is counted', () => {
  const value = Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`k${index}`, index]));
  expect(valueLines(value, { columns: 40, maxLines: 3 })).toEqual(['k0: 0', 'k1: 1', '… 8 more lines']);
});

test.each([
  [12, '12 bytes'],
  [2_048, '2 KiB'],
  [3_500_000, '3.3 MiB'],
])('%d bytes are %s', (bytes, words) => {
  expect(bytesInWords(bytes)).toBe(words);
});
