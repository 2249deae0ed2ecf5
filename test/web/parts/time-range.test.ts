import { expect, test } from 'vitest';
import { sinceOf } from '../../../web/src/parts/time-range.ts';

test('a range begins at a hundredth of itself, so that it stays the same for a while', () => {
  expect(sinceOf('1h', 10_000_000_000)).toBe(9_996_372_000);
  expect(sinceOf('1h', 10_000_000_000)).toBe(sinceOf('1h', 10_000_003_000));
});

test('all, and what is no range, have no beginning', () => {
  expect(sinceOf('all', 1)).toBeUndefined();
  expect(sinceOf('yesterday', 1)).toBeUndefined();
});
