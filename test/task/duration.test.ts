import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatDuration, parseDuration } from '../../src/task/duration.ts';

test.each([
  ['5 minutes', 300_000],
  ['30s', 30_000],
  ['1h30m', 5_400_000],
  ['500ms', 500],
  ['30 days', 2_592_000_000],
  ['2 weeks', 1_209_600_000],
  ['1 Hour', 3_600_000],
  ['1m30s', 90_000],
  ['0s', 0],
  [' 10 sec ', 10_000],
])('%j is %d ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each([
  '5 parsecs',
  '-5m',
  '10 5m',
  '',
  '5',
  'minutes',
  '1.5h',
  '1h 30m',
  '30m1h',
  '1h1h',
  '5  minutes',
  '1h30',
  '99999999999 weeks',
  '5m!',
])('%j is refused with the forms that are known', (text) => {
  expect(() => parseDuration(text)).toThrow(
    expect.objectContaining({ code: 'DURATION_INVALID', hint: expect.stringContaining('1h30m') }),
  );
});

test.each([
  [0, '0ms'],
  [500, '500ms'],
  [5_400_000, '1h30m'],
  [90_061_001, '1d1h1m1s1ms'],
  [-5, '0ms'],
  [1.4, '1ms'],
])('%d ms is written %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

test('what is written is read back as the same number', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 365_000 * 86_400_000 }), (ms) => {
      expect(parseDuration(formatDuration(ms))).toBe(ms);
    }),
  );
});

test('any text is a number or a refusal, in little time', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'0123456789 hms.-') }), (text) => {
      try {
        expect(parseDuration(text)).toBeGreaterThanOrEqual(0);
      } catch (error) {
        expect(error).toMatchObject({ code: 'DURATION_INVALID' });
      }
    }),
  );
});
