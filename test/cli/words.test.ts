import { expect, test } from 'vitest';
import { counted, durationInWords } from '../../src/cli/words.ts';

test.each([
  [0, '0 s'],
  [0.4, '0 s'],
  [42, '42 ms'],
  [99.4, '99 ms'],
  [420, '0.4 s'],
  [3_249, '3.2 s'],
  [9_949, '9.9 s'],
  [9_960, '10 s'],
  [59_400, '59 s'],
  [60_000, '1 min'],
  [125_000, '2 min 5 s'],
  [3_600_000, '1 h'],
  [7_800_000, '2 h 10 min'],
  [86_400_000, '1 day'],
  [356_400_000, '4 days 3 h'],
])('%d ms is said as %s', (ms, words) => {
  expect(durationInWords(ms)).toBe(words);
});

test('a count goes with the singular only for one', () => {
  expect([0, 1, 2].map((count) => counted(count, 'step'))).toEqual(['0 steps', '1 step', '2 steps']);
  expect(counted(2, 'retry', 'retries')).toBe('2 retries');
});
