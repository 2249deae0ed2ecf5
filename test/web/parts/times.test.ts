import { expect, test } from 'vitest';
import { formatAgo, formatDuration, formatSeconds } from '../../../web/src/parts/times.ts';

test.each([
  [0, '0 ms'],
  [999, '999 ms'],
  [4_200, '4.2 s'],
  [9_949, '9.9 s'],
  [9_950, '10 s'],
  [59_400, '59 s'],
  [59_600, '1 m 00 s'],
  [184_000, '3 m 04 s'],
  [7_500_000, '2 h 05 m'],
  [273_600_000, '3 d 04 h'],
  [-5, '0 ms'],
])('a duration of %d ms is %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

test('what counts up has no fractions', () => {
  expect(formatSeconds(4_200)).toBe('4 s');
});

test.each([
  [0, 'now'],
  [12_000, '12 s ago'],
  [150_000, '2 m ago'],
  [-7_190_000, 'in 1 h 59 m'],
])('%d ms before now is %s', (before, text) => {
  expect(formatAgo(10_000_000 - before, 10_000_000)).toBe(text);
});
