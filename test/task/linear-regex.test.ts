import fc from 'fast-check';
import { expect, test } from 'vitest';
import { matchesLinear } from '../../src/task/expression/linear-regex.ts';

/** Patterns that mean the same to JavaScript. */
const PATTERNS = [
  '^a+b*$',
  'a|b|cd',
  '^(a|b)*c?$',
  '^(?:ab){2,3}$',
  '^a{2}$',
  'a{2,}',
  '^[a-c]+$',
  '^[^a]$',
  '[\\d.]+',
  '^\\w+\\s\\w+$',
  '\\bab\\b',
  '\\Bb',
  '^.$',
  '^\\.$',
  '[]a]',
  '[a-]',
  '[a\\]]',
  '^a??b+?$',
  '',
  '()',
  'a|',
  '\\t|\\n',
  '[\\s\\D]c',
  '^\\S\\W$',
  'a{,2}',
  '(a*)*b',
];

test.each(PATTERNS)('%s matches what JavaScript matches', (pattern) => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'abcd .1]-\n\t{,2}'), maxLength: 8 }), (text) => {
      // Here `]` first in a class is a member, as in RE2; JavaScript needs it escaped.
      const expected = new RegExp(pattern.replace('[]', '[\\]')).test(text);
      expect(matchesLinear(pattern, text)).toBe(expected);
    }),
  );
});

test.each([
  ['(?i)^btc$', 'BtC', true],
  ['(?i)^[a-c]+$', 'AbC', true],
  ['(?i)é', 'É', true],
  ['^.$', '😀', true],
  ['^[😀-😂]$', '😁', true],
])('%s on %s is %s', (pattern, text, expected) => {
  expect(matchesLinear(pattern, text)).toBe(expected);
});

test.each([
  '(',
  ')',
  'a)',
  '*a',
  '+',
  '?',
  '[a',
  '[b-a]',
  '[\\d-z]x[z-\\d]',
  'a{3,2}',
  'a{101}',
  'a{1,101}',
  '(?=a)',
  '\\1',
  '\\p{L}',
  'a\\',
  '(?',
  '('.repeat(60),
  '(((a{100}){100}){100})',
  '((a{0,100}){0,100})',
])('%j is refused', (pattern) => {
  expect(() => matchesLinear(pattern, 'a')).toThrow('pattern is not valid');
});

test('patterns that make JavaScript run for ever end', () => {
  expect(matchesLinear('^(a+)+$', `${'a'.repeat(5000)}b`)).toBe(false);
  expect(matchesLinear('^(a|a)*$', `${'a'.repeat(5000)}b`)).toBe(false);
  expect(matchesLinear('(x+x+)+y', 'x'.repeat(5000))).toBe(false);
});

test('a text above 64 KiB matches nothing', () => {
  expect(matchesLinear('a', 'a'.repeat(65_537))).toBe(false);
});
