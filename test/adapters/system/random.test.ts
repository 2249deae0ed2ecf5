import { expect, test } from 'vitest';
import { systemRandom } from '../../../src/adapters/system/random.ts';

test('ids fit the grammar, differ, and sort by time', async () => {
  const first = systemRandom.id();
  const ids = Array.from({ length: 10_000 }, () => systemRandom.id());
  expect(ids.filter((id) => !/^[A-Za-z0-9_-]{1,64}$/.test(id))).toEqual([]);
  expect(new Set(ids).size).toBe(10_000);
  const then = Date.now();
  while (Date.now() === then);
  expect(systemRandom.id() > first).toBe(true);
});

test('tokens are safe in a URL, hold 192 bits and differ', () => {
  const tokens = Array.from({ length: 1_000 }, () => systemRandom.token());
  expect(tokens.filter((token) => !/^[A-Za-z0-9_-]{32}$/.test(token))).toEqual([]);
  expect(new Set(tokens).size).toBe(1_000);
});
