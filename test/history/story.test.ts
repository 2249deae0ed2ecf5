import { expect, test } from 'vitest';
import { AgentError } from '../../src/agent/agent-error.ts';
import { defineAgent } from '../../src/agent/define.ts';
import { readStory } from '../../src/history/story.ts';
import { agentStep, phase, retry, task, wait } from '../fixtures/executions/definitions.ts';
import { openEngine } from './fixtures.ts';

test('a story has every attempt with its end, and what the agent wrote', async () => {
  const { engine, store } = await openEngine('memory', [
    defineAgent({
      name: 'worker',
      run: ({ attempt }, { logger, usage }) => {
        logger.info(`attempt ${attempt}`);
        usage({ tokens: 7 });
        if (attempt === 1) throw new AgentError('not yet', { class: 'crash' });
        return { by: attempt };
      },
    }),
  ]);
  const definition = task([phase('a', [agentStep('s', { retry: retry(2) })])]);
  await engine.begin({
    execution: 'one',
    pinned: { definition, agents: { worker: { name: 'worker' } } },
    input: {},
  });
  await engine.ended('one');

  const story = await readStory('one', engine.sources);
  expect(story?.attempts).toMatchObject([
    {
      step: 's',
      attempt: 1,
      agent: 'worker',
      outcome: 'failed',
      error: { class: 'crash', message: 'not yet' },
    },
    { step: 's', attempt: 2, agent: 'worker', outcome: 'succeeded', usage: { tokens: 7 } },
  ]);
  for (const { claimedAt, endedAt } of story?.attempts ?? [])
    expect(endedAt).toBeGreaterThanOrEqual(claimedAt);
  const logs = await Promise.all(
    (story?.attempts ?? []).map(async ({ logs: ref }) =>
      new TextDecoder().decode(await store.artifacts.get(ref?.$artifact ?? '')),
    ),
  );
  expect(logs).toEqual([expect.stringContaining('attempt 1'), expect.stringContaining('attempt 2')]);
});

test('a record that changed nothing is told with the reason', async () => {
  const { engine, store } = await openEngine();
  const definition = task([phase('a', [agentStep('s')])]);
  await engine.begin({
    execution: 'one',
    pinned: { definition, agents: { worker: { name: 'worker' } } },
    input: {},
  });
  await engine.ended('one');
  await store.log.append({
    id: 'late',
    execution: 'one',
    source: 'control',
    type: 'pause.requested',
    data: {},
  });
  await store.log.append({ id: 'odd', execution: 'one', source: 'control', type: 'nonsense', data: {} });
  const story = await readStory('one', engine.sources);
  expect(story?.records.filter(({ refusal }) => refusal !== undefined)).toMatchObject([
    { record: { id: 'late' }, refusal: 'not-accepted-now' },
    { record: { id: 'odd' }, refusal: 'malformed' },
  ]);
});

test('a record that cannot be folded is told so, and what follows it has no effect', async () => {
  const { engine, store } = await openEngine();
  const definition = task([phase('a', [wait('w', 'go', { schema: { type: 'string' } })])]);
  await engine.begin({ execution: 'one', pinned: { definition, agents: {} }, input: {} });
  for (const id of ['first', 'second']) {
    await store.log.append({
      id,
      execution: 'one',
      source: 'control',
      type: 'signal.sent',
      data: { name: 'go', payload: 1 },
    });
  }
  const misfits = (): readonly string[] => {
    throw new Error('the rule is broken');
  };
  const story = await readStory('one', { ...engine.sources, rules: { ...engine.sources.rules, misfits } });
  expect(story?.fold.status).toBe('suspended');
  expect(story?.records.map(({ record, refusal }) => [record.type, refusal])).toEqual([
    ['execution.started', undefined],
    ['signal.sent', 'cannot be folded'],
    ['signal.sent', 'not-accepted-now'],
  ]);
});

test('there is no story of an execution that is not there', async () => {
  const { engine } = await openEngine();
  expect(await readStory('none', engine.sources)).toBeUndefined();
});
