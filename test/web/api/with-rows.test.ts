import { expect, test } from 'vitest';
import type { ExecutionRow } from '../../../web/src/api/types.ts';
import { withRows } from '../../../web/src/api/with-rows.ts';

const ROW = {
  id: 'a',
  task: 't',
  version: '1.0.0',
  status: 'running',
  startedAt: 1,
  endedAt: null,
  durationMs: null,
  phases: { total: 1, running: 1, completed: 0, failed: 0, skipped: 0, cancelled: 0 },
  degraded: false,
  error: null,
  waitsFor: null,
  position: 5,
  isDriven: true,
  attention: 'running',
} as unknown as ExecutionRow;
const LIST = {
  executions: [ROW, { ...ROW, id: 'b' }],
  total: 2,
  byStatus: { running: 2 },
  offset: 0,
  cursor: '5',
};

test('a row changes where it stands', () => {
  const done = { ...ROW, id: 'b', status: 'completed', position: 9 };
  expect(withRows(LIST, new Map([['b', done]]))?.executions.map(({ id, status }) => [id, status])).toEqual([
    ['a', 'running'],
    ['b', 'completed'],
  ]);
});

test('an older row changes nothing', () => {
  const old = { ...ROW, status: 'paused', position: 3 };
  expect(withRows(LIST, new Map([['a', old]]))?.executions[0]?.status).toBe('running');
});

test('a list that has none of them stays the same object', () => {
  expect(withRows(LIST, new Map([['c', { ...ROW, id: 'c' }]]))).toBe(LIST);
  expect(withRows(undefined, new Map())).toBeUndefined();
});
