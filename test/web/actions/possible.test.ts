import { expect, test } from 'vitest';
import { reasonAgainst } from '../../../web/src/actions/possible.ts';

const RUNNING = {
  status: 'running',
  possible: ['pause', 'abort', 'approve'],
  isLive: true,
  approvalCount: 1,
};

test('what the state takes has no reason against it', () => {
  expect(reasonAgainst('pause', RUNNING)).toBeUndefined();
  expect(reasonAgainst('approve', RUNNING)).toBeUndefined();
});

test.each([
  ['resume', RUNNING, 'It is not paused'],
  ['retry', RUNNING, 'It has not failed'],
  ['approve', { ...RUNNING, approvalCount: 0 }, 'Nobody is asked now'],
  ['pause', { ...RUNNING, status: 'completed', possible: [] }, 'It has ended'],
  ['pause', { ...RUNNING, status: 'suspended', possible: [] }, 'Not while it is suspended'],
  ['pause', { ...RUNNING, isLive: false }, 'The past is shown; go to the live end first'],
] as const)('%s: says why not', (key, standing, reason) => {
  expect(reasonAgainst(key, standing)).toBe(reason);
});

test('running it again is always possible', () => {
  expect(reasonAgainst('rerun', { ...RUNNING, isLive: false, possible: [] })).toBeUndefined();
});
