import { expect, test } from 'vitest';
import { simulate } from '../../src/testing.ts';
import { agents } from './agents.ts';
import './matchers.ts';

const release = { cwd: import.meta.dirname, input: { since: '1.4.0' }, agents };

test('reviews side by side, and gathers what both said', async () => {
  await using run = await simulate('release-notes', release);

  await run.untilPhase('Review');

  expect(run.order).toEqual(['draft', 'edit', 'clear', 'gather']);
  expect(run).toHaveRunBefore('draft', 'edit');
  expect(run).toHaveRunBefore('draft', 'clear');
  // Side by side: neither waited for the other.
  expect(run).not.toHaveRunBefore('edit', 'clear');
  expect(run).toHaveTaken('3h20m');
});

test('the whole run, as a snapshot', async () => {
  await using run = await simulate('release-notes', {
    ...release,
    signals: [{ name: 'approve', payload: { by: 'Ada' }, after: '2 days' }],
  });

  await run.toEnd();

  expect(run.trace()).toMatchInlineSnapshot(`
    "+0ms control execution.started release-notes 1.0.0 {"since":"1.4.0"}
    +0ms engine step.claimed draft #1 by historian
    +20m agent.historian step.succeeded draft #1 {"notes":"Faster."}
    +20m engine step.claimed edit #1 by editor
    +20m engine step.claimed clear #1 by lawyer
    +1h20m agent.editor step.succeeded edit #1 {"verdict":"clear"}
    +3h20m agent.lawyer step.succeeded clear #1 {"verdict":"allowed"}
    +3h20m engine evaluation.completed step/gather/1 {"items":{"editor":{"verdict":"clear"},"lawyer":{"verdict":"allowed"}},"count":2}
    +8h20m engine timer.fired step/clear/1 due +8h20m (refused: unknown-step)
    +2d control signal.sent approve {"by":"Ada"}
    +2d engine step.claimed publish #1 by publisher
    +2d agent.publisher step.succeeded publish #1 {"url":"https://example.com/notes","approval":{"approval":{"by":"Ada"}}}"
  `);
});
