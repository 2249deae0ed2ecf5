import { expect, test } from 'vitest';
import { filterOf, fits } from '../../../web/src/home/filter.ts';

const ROW = { id: 'E7f3', task: 'market-brief', status: 'running', startedAt: 5_000 } as Parameters<
  typeof fits
>[0];

test('the address says what is listed', () => {
  expect(filterOf({ status: 'failed,timedOut', time: 'all', order: 'newest' }, 0)).toEqual({
    status: ['failed', 'timedOut'],
    task: undefined,
    search: undefined,
    since: undefined,
    order: 'newest',
  });
  expect(filterOf({ status: '', order: 'odd' }, 0)).toMatchObject({ status: undefined, order: 'attention' });
});

test.each([
  [{}, true],
  [{ status: ['failed'] }, false],
  [{ task: 'market-brief', search: 'e7F' }, true],
  [{ search: 'brief' }, true],
  [{ search: 'copper' }, false],
  [{ since: 5_001 }, false],
])('%j: %s', (filter, isIn) => {
  expect(fits(ROW, filter)).toBe(isIn);
});
