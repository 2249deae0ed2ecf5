import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isoTime } from '../src/iso-time.ts';

describe('a time in ISO 8601', () => {
  test('is what a Date makes of it, also before 1970 and after the year 9999', () => {
    const instants = fc.integer({ min: -8.64e15, max: 8.64e15 });
    fc.assert(fc.property(instants, (ms) => isoTime(ms) === new Date(ms).toISOString()));
  });

  test.each([0, -1, -1000, 999, 1000, 1.7])('of %d ms', (ms) => {
    expect(isoTime(ms)).toBe(new Date(ms).toISOString());
  });

  test('is refused for what is no time', () => {
    expect(() => isoTime(Number.NaN)).toThrow(RangeError);
  });
});
