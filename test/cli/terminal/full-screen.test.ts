import { expect, test } from 'vitest';
import { FullScreen } from '../../../src/cli/terminal/full-screen.ts';
import { WholeTerminal } from '../whole-terminal.ts';

test('it draws what changed, and gives the terminal back', () => {
  const terminal = new WholeTerminal(10, 3);
  const screen = new FullScreen(terminal.output());
  screen.draw(['never']);
  expect(terminal.raw).toBe('');
  screen.enter();
  screen.draw(['one', '漢字漢字漢', 'three']);
  expect(terminal.text).toBe('one\n漢字漢字漢\nthree');
  const { writes } = terminal;
  screen.draw(['one', '漢字漢字漢', 'three']);
  expect(terminal.writes).toBe(writes);
  screen.draw(['one', 'two']);
  expect(terminal.text).toBe('one\ntwo');
  screen.leave();
  screen.leave();
  expect(terminal).toMatchObject({ isOnOther: false, isCursorHidden: false });
});
