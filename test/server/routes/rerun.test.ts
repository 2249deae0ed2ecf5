import { expect, test } from 'vitest';
import { Place } from '../place.ts';

test('an execution is run again over HTTP, and what cannot be is said as a problem', async () => {
  const place = await Place.open();
  place.stage.task('steps', { One: ['a', 'b'], Two: ['c'] });
  await place.post('/api/executions', { task: 'steps', id: 'x', input: {} });
  await place.ended('x');
  const again = await place.post('/api/executions/x/rerun', { from: 'c', id: 'y' });
  expect(again.status).toBe(201);
  expect(await again.json()).toEqual({ execution: 'y', isNew: true, kept: ['a', 'b'] });
  await place.ended('y');
  expect(await place.json('/api/executions/y')).toMatchObject({
    status: 'completed',
    rerunOf: { execution: 'x', from: 'c' },
  });
  expect(place.stage.starts('a')).toBe(1);
  const problems = [
    ['x', { from: 'd' }, 404, 'STEP_UNKNOWN'],
    ['nobody', {}, 404, 'EXECUTION_UNKNOWN'],
    ['x', { input: { colour: 'red' } }, 422, 'INPUT_INVALID'],
    ['x', { from: 'a', id: 'y' }, 409, 'EXECUTION_EXISTS'],
    ['x', { form: 'a' }, 400, 'REQUEST_INVALID'],
  ] as const;
  for (const [id, body, status, code] of problems) {
    const answer = await place.post(`/api/executions/${id}/rerun`, body);
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([status, code]);
  }
});
