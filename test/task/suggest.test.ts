import { expect, test } from 'vitest';
import { listNames, suggest } from '../../src/task/suggest.ts';

const numbered = (count: number, length = 3) =>
  Array.from({ length: count }, (_, index) => `${index}`.padStart(length, 'n'));

test('the nearest name comes before a list', () => {
  expect(suggest('sinse', ['since', 'amount'], 'known are')).toBe("did you mean 'since'?");
});

test('without a near one the names are listed', () => {
  expect(suggest('zzz', new Set(['since', 'amount']), 'known are')).toBe('known are since, amount');
  expect(suggest('zzz', [], 'known are')).toBe('known are none');
});

test('many names are cut to fifteen', () => {
  expect(listNames(numbered(15))).toBe(numbered(15).join(', '));
  expect(listNames(numbered(100))).toBe(`${numbered(15).join(', ')} and 85 more`);
});

test('long names are cut to two hundred characters in all', () => {
  const listed = listNames(numbered(10, 60));
  expect(listed).toMatch(/^n+0, n+1, n+2 and 7 more$/);
  expect(listNames(numbered(3, 5000)).length).toBeLessThan(200);
});

test('a long near name is cut', () => {
  const near = 'x'.repeat(150);
  expect(suggest(`${near}y`, [near], 'known are')).toBe(`did you mean '${'x'.repeat(79)}…'?`);
});
