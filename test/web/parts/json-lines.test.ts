import { expect, test } from 'vitest';
import { FIRST_MEMBERS, linesOf, searchJson } from '../../../web/src/parts/json-lines.ts';

const NOTHING = { depth: 2, toggled: new Map(), listed: new Map() };

test('opens to the depth, and names what is inside as code would reach it', () => {
  const lines = linesOf({ phases: [{ name: 'A', 'odd key': { deep: 1 } }] }, { ...NOTHING, depth: 4 });
  expect(lines.map(({ path }) => path)).toEqual([
    '',
    'phases',
    'phases[0]',
    'phases[0].name',
    'phases[0]["odd key"]',
    'phases[0]["odd key"].deep',
  ]);
});

test('what is deeper is closed, and opens when it is toggled', () => {
  const value = { a: { b: { c: 1 } } };
  expect(linesOf(value, NOTHING).map(({ path }) => path)).toEqual(['', 'a', 'a.b']);
  const toggled = new Map([['a.b', true]]);
  expect(linesOf(value, { ...NOTHING, toggled }).at(-1)).toMatchObject({ path: 'a.b.c', value: 1, depth: 3 });
});

test('of many members the first are listed, and one line stands for the rest', () => {
  const lines = linesOf(
    Array.from({ length: 250 }, (_, index) => index),
    NOTHING,
  );
  expect(lines).toHaveLength(1 + FIRST_MEMBERS + 1);
  expect(lines.at(-1)).toMatchObject({ rest: 150, path: '' });
});

test('finds keys and values whatever their case, with what has to be open', () => {
  const value = { Outer: [{ name: 'copper' }, { name: 'tin' }] };
  expect(searchJson(value, 'TIN')).toEqual([
    { path: 'Outer[1].name', above: ['', 'Outer', 'Outer[1]'], places: [0, 1, 0] },
  ]);
  expect(searchJson(value, 'outer').map(({ path }) => path)).toEqual(['Outer']);
  expect(searchJson(value, 'name', 1)).toHaveLength(1);
  expect(searchJson(value, '')).toEqual([]);
});

test('markup is a text like any other', () => {
  const [line] = linesOf('<img onerror=alert(1)>', NOTHING);
  expect(line?.value).toBe('<img onerror=alert(1)>');
});
