import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type PastRecord, replayAgent, replaySignals, simulate } from '../../src/testing.ts';
import './matchers.ts';

const cwd = import.meta.dirname;

// What `troupe events ID --json > past-run.jsonl` printed of a run that went wrong: the lawyer took eleven hours.
const lines = readFileSync(join(cwd, 'past-run.jsonl'), 'utf8').trimEnd().split('\n');
const log = lines.map((line): PastRecord => JSON.parse(line));

test('a past run comes back as it was', async () => {
  const replay = replayAgent(log);
  await using run = await simulate('release-notes', {
    cwd,
    input: { since: '1.4.0' },
    agents: { historian: replay, editor: replay, lawyer: replay, publisher: replay },
    signals: replaySignals(log),
  });

  await run.toEnd();

  expect(run.attempts('clear').map(({ error }) => error?.class)).toEqual(['timeout', undefined]);
  expect(run).toHaveOutput('url', 'https://example.com/notes');
});

test('and shows what another agent would have changed', async () => {
  const replay = replayAgent(log);
  await using run = await simulate('release-notes', {
    cwd,
    input: { since: '1.4.0' },
    agents: {
      historian: replay,
      editor: replay,
      lawyer: [{ output: { verdict: 'allowed' }, latency: '2h' }],
    },
    signals: replaySignals(log),
  });

  await run.untilPhase('Review');

  expect(run).toHaveRun('clear', { times: 1 });
});
