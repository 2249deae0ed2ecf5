import assert from 'node:assert/strict';
import { test } from 'node:test';
import { simulate } from '../../src/testing.ts';
import { agents } from './agents.ts';

test('publishes when somebody approves', async () => {
  await using run = await simulate('release-notes', {
    cwd: import.meta.dirname,
    input: { since: '1.4.0' },
    agents,
    // In place of a call in the test: who says what, and when.
    signals: [{ name: 'approve', payload: { by: 'Ada' }, after: { phase: 'Review', delay: '3 days' } }],
  });

  const report = await run.toEnd();

  assert.equal(report.status, 'completed');
  assert.equal(run.outputs.url, 'https://example.com/notes');
  assert.deepEqual(run.order.slice(0, 3), ['draft', 'edit', 'clear']);
  assert.deepEqual(report.usage.tokens, 1200);
});
