import { expect, test } from 'vitest';
import { type Diagnostic, hasErrors, renderDiagnostics, sortDiagnostics } from '../../src/task/diagnostic.ts';

const at = (line: number, column: number, more: Partial<Diagnostic> = {}): Diagnostic => ({
  file: 'a.md',
  line,
  column,
  code: 'BAD_VALUE',
  severity: 'error',
  message: 'is wrong',
  ...more,
});

test('is printed as a compiler does', () => {
  const content = 'first\r\n\tsecond: x\n';
  const text = renderDiagnostics([at(2, 10, { hint: 'write y' })], () => content);
  expect(text).toBe(
    [
      'a.md:2:10: error BAD_VALUE: is wrong',
      '  2 | \tsecond: x',
      '    | \t        ^',
      '  hint: write y',
    ].join('\n'),
  );
});

test('has no excerpt without the text, for an empty line, and beyond the end', () => {
  const head = 'a.md:2:1: error BAD_VALUE: is wrong';
  expect(renderDiagnostics([at(2, 1)])).toBe(head);
  expect(renderDiagnostics([at(2, 1)], () => 'x\n  \n')).toBe(head);
  expect(renderDiagnostics([at(2, 1)], () => 'x')).toBe(head);
});

test('a long line is cut around the caret', () => {
  const [, excerpt = '', caret = ''] = renderDiagnostics(
    [at(1, 501)],
    () => `${'a'.repeat(500)}!${'b'.repeat(500)}`,
  ).split('\n');
  expect(excerpt[caret.indexOf('^')]).toBe('!');
  expect(excerpt.length).toBeLessThan(140);
});

test('several stand below each other', () => {
  expect(renderDiagnostics([at(1, 1), at(2, 1, { severity: 'note' })]).split('\n')).toHaveLength(2);
  expect(renderDiagnostics([])).toBe('');
});

test('are sorted by file, place, severity and code', () => {
  const sorted = [
    at(1, 1),
    at(1, 2, { code: 'BAD_NAME' }),
    at(1, 2, { code: 'BAD_TYPE' }),
    at(1, 2, { severity: 'warning', code: 'BAD_NAME' }),
    at(1, 2, { severity: 'note' }),
    at(2, 1),
    at(1, 1, { file: 'b.md' }),
  ];
  expect(sortDiagnostics(sorted.toReversed())).toEqual(sorted);
});

test('only errors are errors', () => {
  expect(hasErrors([at(1, 1, { severity: 'warning' }), at(1, 1, { severity: 'note' })])).toBe(false);
  expect(hasErrors([at(1, 1)])).toBe(true);
});
