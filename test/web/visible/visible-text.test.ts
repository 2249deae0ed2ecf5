import { describe, expect, test } from 'vitest';
import { jsx, jsxs } from '../../../web/src/visible/jsx-runtime.ts';
import { visibleText } from '../../../web/src/visible/visible-text.ts';

test.each([
  ['plain, with ümlauts, עברית and 🎭', 'plain, with ümlauts, עברית and 🎭'],
  ['tabs\tand\r\nlines\n', 'tabs\tand\r\nlines\n'],
  ['invoice\u202Etxt.exe', 'invoice\\u202etxt.exe'],
  ['\u2066a\u2069', '\\u2066a\\u2069'],
  ['\u001B[31mred\u0007\u0000', '␛[31mred␇␀'],
  ['\u007F\u009B31m', '\\u007f\\u009b31m'],
])('%j is shown as %s', (text, shown) => {
  expect(visibleText(text)).toBe(shown);
});

describe('what the page is made of', () => {
  test('shows text and tooltips as they are, and keeps values', () => {
    expect(jsx('p', { children: 'a\u202Eb' }).props).toEqual({ children: 'a\\u202eb' });
    const { props } = jsx('input', { title: '\u001B', value: '\u001B', defaultValue: '\u202E' });
    expect(props).toEqual({ title: '␛', value: '\u001B', defaultValue: '\u202E' });
    const inner = jsx('b', { children: 'x' });
    expect(jsxs('p', { children: ['\u202E', inner, 3, null] }).props).toEqual({
      children: ['\\u202e', inner, 3, null],
    });
    expect(jsx(() => null, { title: '\u202E' }).props).toEqual({ title: '\u202E' });
  });

  test('is not made anew where there is nothing to show', () => {
    const children = ['a', jsx('b', {})];
    expect((jsxs('p', { children }).props as { children: unknown }).children).toBe(children);
  });
});
