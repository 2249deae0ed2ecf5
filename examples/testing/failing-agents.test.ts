import { expect, test } from 'vitest';
import { type AgentScript, simulate } from '../../src/testing.ts';
import { agents } from './agents.ts';
import './matchers.ts';

const release = { cwd: import.meta.dirname, input: { since: '1.4.0' } };

const failsTwice: AgentScript = [
  { when: { attempt: [1, 2] }, fail: { class: 'crash', message: 'out of memory' } },
  { output: { notes: 'Faster.' } },
];

test('tries a step that fails twice a third time', async () => {
  await using run = await simulate('release-notes', {
    ...release,
    agents: { ...agents, historian: failsTwice },
  });

  await run.untilPhase('Draft');

  expect(run).toHaveRun('draft', { times: 3 });
  expect(run.attempts('draft').map(({ outcome }) => outcome)).toEqual(['failed', 'failed', 'succeeded']);
  // The backoff of the task: one minute, then two, each with some jitter.
  expect(run).toHaveTaken({ atLeast: '90s', atMost: '5 minutes' });
  // An agent is told why the attempt before failed.
  expect(run.requests('historian')[2]?.previousError).toMatchObject({ message: 'out of memory' });
});

test('waits as long as a service asks for', async () => {
  const historian: AgentScript = [
    { when: { attempt: 1 }, fail: { class: 'rate-limit', retryAfterMs: 3_600_000 } },
    { output: { notes: 'Faster.' } },
  ];
  await using run = await simulate('release-notes', { ...release, agents: { ...agents, historian } });

  await run.untilPhase('Draft');

  expect(run).toHaveTaken({ atLeast: '1h', atMost: '2h' });
});

test('fails when a step fails three times', async () => {
  await using run = await simulate('release-notes', {
    ...release,
    agents: { ...agents, historian: [{ fail: { message: 'out of memory' } }] },
  });

  await run.toEnd();

  expect(run).toHaveFailedWith(/out of memory/);
  expect(run).not.toHaveRun('edit');
});

test('stops an agent that never answers', async () => {
  await using run = await simulate('release-notes', {
    ...release,
    agents: { ...agents, lawyer: { adversary: 'stall' } },
  });

  await run.untilStep('clear', 'failed');

  expect(run).toHaveRun('clear', { times: 3 });
  expect(run).toHaveTaken({ atLeast: '24h' });
});
