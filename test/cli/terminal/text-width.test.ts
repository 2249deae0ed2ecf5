import { expect, test } from 'vitest';
import { fitText, harmless, oneLine, padText, textWidth } from '../../../src/cli/terminal/text-width.ts';

test.each([
  ['plain', 5],
  ['', 0],
  ['naïve', 5],
  ['n\u0061\u0308h', 3],
  ['市場', 4],
  ['한국어', 6],
  ['👍 ok', 5],
  ['👩‍👩‍👧', 2],
  ['\u001B[31mred\u001B[39m', 3],
])('%j takes %d columns', (text, width) => {
  expect(textWidth(text)).toBe(width);
});

test('a text is cut to the columns with an ellipsis, never through a wide character', () => {
  expect(fitText('technical-analyst', 10)).toBe('technical…');
  expect(fitText('市場分析', 6)).toBe('市場…');
  expect(fitText('市場分析', 4)).toBe('市…');
  expect(fitText('fits', 4)).toBe('fits');
  expect(fitText('nothing', 0)).toBe('');
});

test('padding counts columns, not characters', () => {
  expect(padText('市場', 6)).toBe('市場  ');
  expect(padText('too long', 4)).toBe('too…');
});

test('what others wrote cannot move the cursor, hide itself or begin a new line', () => {
  expect(oneLine('a\u001B[2J\u001B]0;title\u0007b\r\nc\td\u202Ee\u0000f')).toBe('ab c d e f');
  expect(harmless('one\r\ntwo\u001B[1A\tthree\u0007')).toBe('one\ntwo  three');
});
