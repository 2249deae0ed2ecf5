import { describe, expect, test } from 'vitest';
import { createStyle } from '../../../src/cli/style.ts';
import { textWidth } from '../../../src/cli/terminal/text-width.ts';
import { beside, listPane, moved, paneLines, type Row, START, settled } from '../../../src/cli/watch/pane.ts';

const style = createStyle(false);
const row = (id: string | null, text = String(id)): Row => ({ id, segments: [[text]] });
const rows = (...ids: readonly (string | null)[]) =>
  listPane(
    'Rows',
    ids.map((id) => row(id)),
    { empty: 'none' },
  );
const look = { columns: 20, rows: 4, style, isFocused: true };

describe('a pane', () => {
  test('is as high as it is told and never wider, whatever its rows hold', () => {
    const wide = listPane(
      '漢字のなまえ',
      [row('a', '漢字を読む wide characters'), row(null, 'x'.repeat(50))],
      { empty: '' },
    );
    for (const columns of [1, 2, 5, 20, 60]) {
      const lines = paneLines(wide, START, { ...look, columns });
      expect(lines).toHaveLength(4);
      for (const line of lines) expect(textWidth(line)).toBeLessThanOrEqual(columns);
    }
  });

  test('says what stands there while it is empty', () => {
    expect(paneLines(rows(), START, look)[1]).toBe('  none');
  });

  test('marks what is chosen only where the person is', () => {
    const chosen = { id: 'b', index: 1, top: 0 };
    expect(paneLines(rows('a', 'b'), chosen, look)[2]).toBe('▸ b');
    expect(paneLines(rows('a', 'b'), chosen, { ...look, isFocused: false })[2]).toBe('  b');
  });

  test('goes over rows that cannot be chosen, and stays at its ends', () => {
    const pane = rows('a', null, null, 'b');
    const down = moved(pane, START, 1, 3);
    expect(down).toMatchObject({ id: 'b', index: 3, top: 1 });
    expect(moved(pane, down, 1, 3)).toMatchObject({ id: 'b' });
    expect(moved(pane, down, -1, 3)).toMatchObject({ id: 'a', index: 0, top: 0 });
  });

  test('keeps to its row when others come before it, and to the place when it is gone', () => {
    const chosen = { id: 'b', index: 1, top: 0 };
    expect(settled(rows('x', 'y', 'a', 'b'), chosen, 2)).toMatchObject({ id: 'b', index: 3, top: 2 });
    expect(settled(rows('a', 'c'), chosen, 2)).toMatchObject({ id: 'c', index: 1 });
    expect(settled(rows(), chosen, 2)).toMatchObject({ id: undefined, index: 0, top: 0 });
  });

  test('that only is to be read is scrolled', () => {
    const pane = rows(null, null, null, null);
    expect(moved(pane, START, 1, 2)).toMatchObject({ id: undefined, top: 1 });
    expect(moved(pane, { ...START, top: 2 }, 5, 2)).toMatchObject({ top: 2 });
  });

  test('that follows its end shows the last rows until one is chosen', () => {
    const pane = { ...rows('1', '2', '3', '4', '5'), followsEnd: true };
    expect(paneLines(pane, START, look).slice(1)).toEqual(['  3', '  4', '  5']);
    const up = moved(pane, START, -1, 3);
    expect(up).toMatchObject({ id: '4' });
  });
});

test('two blocks stand side by side', () => {
  expect(beside(['ab', ''], ['x'], 3, style)).toEqual(['ab │x', '   │']);
});
