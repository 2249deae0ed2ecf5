import { expect, test } from 'vitest';
import { diffRows } from '../../../web/src/parts/diff-rows.ts';

test('a changed line stands beside what it was, with the words that changed', () => {
  const { rows, added, removed } = diffRows('one\ntwo old\nthree\n', 'one\ntwo new\nthree\n');
  expect([added, removed]).toEqual([1, 1]);
  expect(rows.map(({ kind }) => kind)).toEqual(['same', 'changed', 'same']);
  expect(rows[1]?.before).toMatchObject({
    number: 2,
    parts: [
      { text: 'two ', isChanged: false },
      { text: 'old', isChanged: true },
    ],
  });
  expect(rows[1]?.after?.parts.at(-1)).toEqual({ text: 'new', isChanged: true });
});

test('equal lines far from a change are only counted', () => {
  const lines = Array.from({ length: 40 }, (_, line) => `line ${line}`);
  const changed = lines.with(20, 'another');
  const { rows } = diffRows(lines.join('\n'), changed.join('\n'));
  expect(rows.map(({ kind, hidden }) => hidden ?? kind)).toEqual([
    17,
    'same',
    'same',
    'same',
    'changed',
    'same',
    'same',
    'same',
    16,
  ]);
  expect(rows.at(-2)?.after?.number).toBe(24);
});

test('equal texts have no difference', () => {
  expect(diffRows('a\nb', 'a\nb')).toMatchObject({
    added: 0,
    removed: 0,
    rows: [{ kind: 'gap', hidden: 2 }],
  });
});
