import { describe, expect, test } from 'vitest';
import { type Asked, type Asking, answered, askingLines } from '../../../src/cli/watch/asking.ts';

const key = (name: string, isCtrl = false) => ({
  name,
  text: name.length === 1 && !isCtrl ? name : '',
  isCtrl,
  isShift: false,
});

function press(asking: Asking, ...names: readonly string[]): Asked {
  let asked: Asked = asking;
  for (const name of names) asked = asked && answered(asked, key(name));
  return asked;
}

describe('a line', () => {
  const said: string[] = [];
  const line: Asking = {
    kind: 'line',
    title: 'Why?',
    text: '',
    answer: (text) => {
      said.push(text);
      return undefined;
    },
  };

  test('is written, mended and given', () => {
    expect(press(line, 'a', 'b', 'backspace', 'c', ' ', 'enter')).toBeUndefined();
    expect(said).toEqual(['ac']);
  });

  test('is left without an answer', () => {
    expect(press(line, 'a', 'escape')).toBeUndefined();
    expect(answered(line, key('c', true))).toBeUndefined();
    expect(said).toHaveLength(1);
  });

  test('keeps its end in sight', () => {
    const [segments = []] = askingLines({ ...line, text: 'x'.repeat(100) }, 20);
    expect(segments.map(([text]) => text).join('')).toBe(`Why? ${'x'.repeat(14)}█`);
  });
});

test('only a yes is one', () => {
  const sure: Asking = {
    kind: 'sure',
    lines: ['Abort?'],
    answer: () => ({ kind: 'sure', lines: ['Sure?'], answer: () => undefined }),
  };
  expect(press(sure, 'x', 'enter', ' ')).toBe(sure);
  expect(press(sure, 'n')).toBeUndefined();
  expect(press(sure, 'y')).toMatchObject({ lines: ['Sure?'] });
});

test('one of several is taken by its number, or gone to', () => {
  let taken = -1;
  const choice: Asking = {
    kind: 'choice',
    title: 'Which?',
    choices: ['red', 'green'],
    index: 0,
    answer: (index) => {
      taken = index;
      return undefined;
    },
  };
  expect(press(choice, 'j', 'j', 'enter')).toBeUndefined();
  expect(taken).toBe(1);
  press(choice, '1');
  expect(taken).toBe(0);
  expect(press(choice, '9')).toBe(choice);
});
