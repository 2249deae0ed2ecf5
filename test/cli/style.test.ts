import { expect, test } from 'vitest';
import { createStyle, wantsColours } from '../../src/cli/style.ts';

test.each([
  [true, {}, true],
  [false, {}, false],
  [true, { TERM: 'dumb' }, false],
  [true, { NO_COLOR: '1' }, false],
  [true, { NO_COLOR: '' }, true],
  [false, { FORCE_COLOR: '1' }, true],
  [true, { FORCE_COLOR: '0' }, false],
  [true, { NO_COLOR: '1', FORCE_COLOR: '1' }, false],
])('a terminal: %s, with %j: %s', (isTerminal, env, colours) => {
  expect(wantsColours(isTerminal, env)).toBe(colours);
});

test('marks end what they begin, and leave nothing around an empty text', () => {
  const style = createStyle(true);
  expect(style.red('no')).toBe('\u001B[31mno\u001B[39m');
  expect(style.bold('')).toBe('');
  expect(createStyle(false).red('no')).toBe('no');
});
