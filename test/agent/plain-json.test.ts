import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toPlainJson } from '../../src/agent/plain-json.ts';

test('a copy is what JSON.stringify and JSON.parse would make', () => {
  const odd = fc.oneof(
    fc.anything({ withDate: true, withSparseArray: true, withNullPrototype: true }),
    fc.constant({ ['__proto__']: { a: 1 } }),
  );
  fc.assert(
    fc.property(odd, (value) => {
      const text = JSON.stringify(value);
      const expected: unknown = text === undefined ? null : JSON.parse(text);
      const { value: plain } = toPlainJson(value);
      expect(JSON.stringify(plain)).toBe(JSON.stringify(expected));
      expect(plain).toStrictEqual(expected);
    }),
    { examples: [[-0], [{ sum: -0 }]] },
  );
});

test('the bound is never below the size of the JSON text', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.string({ unit: 'binary' }), (value, text) => {
      const { value: plain, maxBytes } = toPlainJson([value, text]);
      expect(Buffer.byteLength(JSON.stringify(plain))).toBeLessThanOrEqual(maxBytes);
    }),
  );
});

test('a key __proto__ stays a key', () => {
  const { value } = toPlainJson(JSON.parse('{"__proto__":{"polluted":true}}'));
  expect(JSON.stringify(value)).toBe('{"__proto__":{"polluted":true}}');
  expect(value).not.toHaveProperty('polluted');
});

test.each([
  [
    'a cycle',
    () => {
      const cycle: unknown[] = [];
      cycle.push(cycle);
      return cycle;
    },
  ],
  ['201 levels', () => Array.from({ length: 201 }).reduce<unknown>((inner) => [inner], 0)],
  ['a bigint', () => 1n],
])('%s is refused', (_, make) => {
  expect(() => toPlainJson(make())).toThrow(expect.objectContaining({ name: 'NotJson' }));
});

test('200 levels are copied', () => {
  const deep = Array.from({ length: 200 }).reduce<unknown>((inner) => [inner], 0);
  expect(toPlainJson(deep).value).toEqual(deep);
});
