import { expect, test } from 'vitest';
import { agoInWords, clockTime, localTime } from '../../../src/cli/views/report-time.ts';

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;

test.each([
  [-5, 'just now'],
  [4 * SECOND, 'just now'],
  [5 * SECOND, '5 s ago'],
  [59.9 * SECOND, '59 s ago'],
  [60 * SECOND, '1 min ago'],
  [HOUR - 1, '59 min ago'],
  [HOUR, '1 h ago'],
  [47.9 * HOUR, '47 h ago'],
  [48 * HOUR, '2 days ago'],
])('%d ms are %s', (ms, words) => {
  expect(agoInWords(ms)).toBe(words);
});

test('instants are shown in the local time zone, with fixed widths', () => {
  const at = new Date(2025, 2, 9, 4, 5, 6, 7).getTime();
  expect(localTime(at)).toBe('2025-03-09 04:05:06');
  expect(clockTime(at)).toBe('04:05:06.007');
});
