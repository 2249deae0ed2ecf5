import { describe, expect, test } from 'vitest';
import { createStyle } from '../../../src/cli/style.ts';
import { tableLines } from '../../../src/cli/views/report-table.ts';

const style = createStyle(false);
const columns = [
  { head: 'name', least: 4 },
  { head: 'took', align: 'right' as const },
  { head: 'why', least: 3 },
];
const rows = [
  [['a'], ['1 s'], ['short']],
  [['a longer name'], ['12 min'], ['because']],
] as const;

describe('a table', () => {
  test('has columns as wide as what is in them', () => {
    expect(tableLines(columns, rows, { width: 80, style })).toEqual([
      'name             took  why',
      'a                 1 s  short',
      'a longer name  12 min  because',
    ]);
  });

  test('cuts the widest column that may be cut, and never the others', () => {
    expect(tableLines(columns, rows, { width: 26, style })).toEqual([
      'name         took  why',
      'a             1 s  short',
      'a longer…  12 min  because',
    ]);
    const narrow = tableLines(columns, rows, { width: 17, style });
    expect(narrow.at(-1)).toBe('a l…  12 min  be…');
    for (const line of narrow) expect(line.length).toBeLessThanOrEqual(17);
  });

  test('is cut at the right when nothing more can give', () => {
    for (const line of tableLines(columns, rows, { width: 10, style }))
      expect(line.length).toBeLessThanOrEqual(10);
  });

  test('counts wide characters as the terminal does', () => {
    const [, first] = tableLines([{ head: 'a' }, { head: 'b' }], [[['日本'], ['x']]], { width: 80, style });
    expect(first).toBe('日本  x');
  });

  test('is indented, heads included', () => {
    const lines = tableLines([{ head: 'a' }], [[['x']]], { width: 80, style, indent: '  ' });
    expect(lines).toEqual(['  a', '  x']);
  });
});
