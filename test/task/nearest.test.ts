import { expect, test } from 'vitest';
import { BoundedCache } from '../../src/task/bounded-cache.ts';
import { nearest } from '../../src/task/nearest.ts';

test.each([
  ['dependson', ['parallel', 'dependsOn'], 'dependsOn'],
  ['timout', ['timeout', 'retry'], 'timeout'],
  ['tiemout', ['timeout'], 'timeout'],
  ['Analyis', ['Activation', 'Analysis'], 'Analysis'],
  ['ab', ['ab', 'ab'], 'ab'],
  ['xyz', ['timeout'], undefined],
  ['', ['a', 'bcd'], 'a'],
  ['a', [], undefined],
])('%j among %j is %j', (name, known, expected) => {
  expect(nearest(name, known)).toBe(expected);
});

test('names as long as a file are compared by their beginning', () => {
  expect(nearest('x'.repeat(1_000_000), ['x'.repeat(1_000_000)])).toHaveLength(1_000_000);
});

test('a cache keeps what was used last', () => {
  const computed: string[] = [];
  const cache = new BoundedCache<string, number>(2);
  const get = (key: string) =>
    cache.getOrCompute(key, () => {
      computed.push(key);
      return computed.length;
    });
  for (const key of ['a', 'b', 'a', 'c', 'a', 'b']) get(key);
  expect(computed).toEqual(['a', 'b', 'c', 'b']);
  expect(cache.size).toBe(2);
});

test('a computation that throws leaves nothing in a cache', () => {
  const cache = new BoundedCache<string, number>(2);
  expect(() =>
    cache.getOrCompute('a', () => {
      throw new Error('no');
    }),
  ).toThrow('no');
  expect(cache.size).toBe(0);
});
