import { expect, test } from 'vitest';
import { readStats, readTaskDurations } from '../../../src/history/metrics/read-stats.ts';
import { Tallies } from '../../../src/history/metrics/tallies.ts';
import { openEngine, openHistory, short, waiting } from '../fixtures.ts';

const ALWAYS = { since: 0, until: Number.MAX_SAFE_INTEGER, buckets: 1 };

async function openMetrics() {
  const embedded = await openEngine();
  const { history, kept } = await openHistory(embedded);
  const { engine } = embedded;
  const metrics = new Tallies({ store: kept, refresh: () => history.refresh(), of: () => engine.sources });
  return { engine, metrics, kept };
}

test('what happened is told as the log has it', async () => {
  const { engine, metrics } = await openMetrics();
  await engine.begin({ execution: 'one', pinned: short, input: {} });
  await engine.begin({ execution: 'two', pinned: waiting, input: {} });
  await engine.ended('one');
  const stats = await readStats(metrics, ALWAYS);
  expect(stats).toMatchObject({
    isComplete: true,
    totals: { executions: 2, running: 1, byStatus: { completed: 1, running: 1 } },
    agents: [{ agent: 'worker', attempts: 1, succeeded: 1 }],
    failures: [],
  });
  expect(await readTaskDurations(metrics, 'short')).toMatchObject({
    executions: 1,
    steps: { s: { count: 1 } },
  });
});

test('an execution under way is counted on from where it was', async () => {
  const { engine, metrics, kept } = await openMetrics();
  await engine.begin({ execution: 'two', pinned: waiting, input: {} });
  await metrics.tally();
  expect(await kept.untallied(1)).toEqual([]);
  await engine.control('two', 'signal.sent', { name: 'go', payload: 1 });
  await engine.ended('two');
  expect(await readStats(metrics, ALWAYS)).toMatchObject({ totals: { byStatus: { completed: 1 } } });
  expect((await kept.tallies())[0]?.steps.w?.count).toBe(1);
});

test('many are counted the newest first, and what is known so far is told', async () => {
  const { engine, metrics } = await openMetrics();
  const ids = Array.from({ length: 150 }, (_, at) => `e${at}`);
  await Promise.all(ids.map((execution) => engine.begin({ execution, pinned: short, input: {} })));
  await Promise.all(ids.map((execution) => engine.ended(execution)));
  const first = await readStats(metrics, ALWAYS);
  expect(first).toMatchObject({ isComplete: false, totals: { executions: 150 } });
  expect(first.agents[0]?.attempts).toBeLessThan(150);
  await metrics.tally();
  expect(await readStats(metrics, ALWAYS)).toMatchObject({
    isComplete: true,
    agents: [{ agent: 'worker', attempts: 150, succeeded: 150 }],
  });
});

test('closing leaves what is not counted yet for the next time', async () => {
  const { engine, metrics, kept } = await openMetrics();
  const ids = Array.from({ length: 150 }, (_, at) => `e${at}`);
  await Promise.all(ids.map((execution) => engine.begin({ execution, pinned: short, input: {} })));
  await readStats(metrics, ALWAYS);
  await metrics.close();
  await metrics.close();
  expect((await kept.untallied(200)).length).toBeGreaterThan(0);
});
