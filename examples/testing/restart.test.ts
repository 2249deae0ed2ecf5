import { expect, test } from 'vitest';
import { simulate } from '../../src/testing.ts';
import { agents } from './agents.ts';
import './matchers.ts';

const release = { cwd: import.meta.dirname, input: { since: '1.4.0' }, agents };

test('a process that dies in the middle costs only what was at work', async () => {
  await using run = await simulate('release-notes', release);

  await run.untilStep('edit');
  // Like kill -9: the editor's review is in the log, the lawyer was at work.
  await run.restart();
  await run.untilPhase('Review');

  expect(run).toHaveRun('edit', { times: 1 });
  expect(run.attempts('clear').map(({ outcome }) => outcome)).toEqual(['expired', 'succeeded']);
  // Agents that touch the outside know both attempts by the same key.
  expect(new Set(run.requests('lawyer').map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1);
});

test('a wait goes on to the same deadline', async () => {
  await using run = await simulate('release-notes', release);

  await run.untilWaitingFor('approve');
  await run.advance('29 days');
  await run.restart();
  await run.toEnd();

  expect(run).toHaveOutput('reason', 'nobody approved');
  expect(run).toHaveTaken({ atMost: '30d4h' });
});
