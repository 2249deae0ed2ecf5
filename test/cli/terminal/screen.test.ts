import { expect, test } from 'vitest';
import { Screen } from '../../../src/cli/terminal/screen.ts';
import { FakeTerminal } from './fake-terminal.ts';

test('each drawing replaces the one before, whether it is longer or shorter', () => {
  const terminal = new FakeTerminal();
  const screen = new Screen(terminal);
  screen.draw(['one', 'two']);
  expect(terminal.lines).toEqual(['one', 'two']);
  screen.draw(['one', 'TWO and', 'three']);
  expect(terminal.lines).toEqual(['one', 'TWO and', 'three']);
  screen.draw(['ONE']);
  expect(terminal.lines).toEqual(['ONE']);
});

test('rows that did not change are not written again', () => {
  const terminal = new FakeTerminal();
  const screen = new Screen(terminal);
  screen.draw(['the same', 'changes 1']);
  terminal.raw = '';
  screen.draw(['the same', 'changes 2']);
  expect(terminal.raw).not.toContain('the same');
  expect(terminal.raw).toContain('changes 2');
});

test('each drawing is one synchronised update', () => {
  const terminal = new FakeTerminal();
  new Screen(terminal).draw(['one']);
  expect(terminal.raw.startsWith('\u001B[?2026h')).toBe(true);
  expect(terminal.raw.endsWith('\u001B[?2026l')).toBe(true);
});

test('text printed above stays, the block goes on below it', () => {
  const terminal = new FakeTerminal();
  const screen = new Screen(terminal);
  screen.draw(['block 1', 'block 2']);
  screen.printAbove('a message');
  expect(terminal.lines).toEqual(['a message', 'block 1', 'block 2']);
  screen.draw(['block 3']);
  expect(terminal.lines).toEqual(['a message', 'block 3']);
});

test('the cursor is hidden while the block stands and given back with it', () => {
  const terminal = new FakeTerminal();
  const screen = new Screen(terminal);
  screen.clear();
  expect(terminal.raw).toBe('');
  screen.draw(['block']);
  expect(terminal.isCursorVisible).toBe(false);
  screen.clear();
  screen.clear();
  expect(terminal.isCursorVisible).toBe(true);
  expect(terminal.lines).toEqual([]);
});

test('after a resize the old block is gone although its rows were wrapped', () => {
  const terminal = new FakeTerminal(40, 10);
  const screen = new Screen(terminal);
  screen.draw(['x'.repeat(40), 'y'.repeat(30)]);
  // What a terminal that wraps makes of it at half the width: four rows.
  const narrow = new FakeTerminal(20, 10);
  for (const row of ['x'.repeat(20), 'x'.repeat(20), 'y'.repeat(20), 'y'.repeat(10)]) narrow.line(row);
  terminal.columns = 20;
  terminal.raw = '';
  screen.forget();
  narrow.write(terminal.raw);
  expect(narrow.lines).toEqual([]);
});
