import { expect, test } from 'vitest';
import { simulate } from '../../src/testing.ts';
import { agents } from './agents.ts';
import './matchers.ts';

const cwd = import.meta.dirname;
const input = { since: '1.4.0' };

test('publishes when somebody approves after three days', async () => {
  await using run = await simulate('release-notes', { cwd, input, agents });

  await run.untilWaitingFor('approve');
  await run.advance('3 days');
  await run.signal('approve', { by: 'Ada' });
  await run.toEnd();

  expect(run).toHaveCompleted();
  expect(run).toHaveOutput('url', 'https://example.com/notes');
  expect(run).toHaveTaken({ atLeast: '3 days', atMost: '4 days' });
  expect(run.requests('publisher')[0]?.outputs).toMatchObject({ Approval: { approval: { by: 'Ada' } } });
});

test('shelves the notes when nobody does for thirty days', async () => {
  await using run = await simulate('release-notes', { cwd, input, agents });

  await run.toEnd();

  expect(run).toHaveOutput('reason', 'nobody approved');
  expect(run).not.toHaveRun('publish');
  expect(run).toHaveEmitted('phase:failed', { phase: 'Approval' });
  expect(run).toHaveTaken({ atLeast: '30 days', atMost: '31 days' });
});

test('does not take an approval without a name', async () => {
  await using run = await simulate('release-notes', { cwd, input, agents });

  await run.untilWaitingFor('approve');
  await expect(run.signal('approve', { by: 42 })).rejects.toThrow('does not fit the schema');
  expect(run.waitingFor).toEqual(['approve']);
});
