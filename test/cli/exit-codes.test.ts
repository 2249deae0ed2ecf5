import { expect, test } from 'vitest';
import { exitCodeOf } from '../../src/cli/exit-codes.ts';

test.each([
  ['completed', 0],
  ['failed', 1],
  ['aborted', 3],
  ['timedOut', 4],
  ['rolledBack', 5],
  ['suspended', 6],
  ['paused', 0],
])('%s ends with %d', (status, code) => {
  expect(exitCodeOf(status)).toBe(code);
});
