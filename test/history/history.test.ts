import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createHistoryStore } from '../../src/history/create-store.ts';
import { History } from '../../src/history/history.ts';
import { temporaryFolder } from '../contract/adapters.ts';
import { openEngine, openHistory, short, waiting } from './fixtures.ts';

test('a list has every execution of the log, although nobody recorded them', async () => {
  const embedded = await openEngine();
  const { history } = await openHistory(embedded);
  await embedded.engine.begin({ execution: 'one', pinned: short, input: {} });
  await embedded.engine.begin({ execution: 'two', pinned: waiting, input: {} });
  await embedded.engine.ended('one');
  const entries = await history.list();
  expect(entries.map(({ id, status, waitsFor }) => ({ id, status, waitsFor }))).toEqual(
    expect.arrayContaining([
      { id: 'one', status: 'completed', waitsFor: null },
      { id: 'two', status: 'running', waitsFor: 'the signal go' },
    ]),
  );
  expect(entries).toHaveLength(2);
});

test('what happened since the last look is seen at the next', async () => {
  const embedded = await openEngine();
  const { history } = await openHistory(embedded);
  await embedded.engine.begin({ execution: 'two', pinned: waiting, input: {} });
  expect((await history.get('two'))?.status).toBe('running');
  await embedded.engine.control('two', 'signal.sent', { name: 'go', payload: 1 });
  await embedded.engine.ended('two');
  expect((await history.get('two'))?.status).toBe('completed');
});

test('nothing is folded again when nothing happened', async () => {
  const embedded = await openEngine();
  const { history, kept } = await openHistory(embedded);
  await embedded.engine.begin({ execution: 'one', pinned: short, input: {} });
  await embedded.engine.ended('one');
  await history.list();
  expect(await kept.readTo(embedded.store.dataId)).toBe(await embedded.store.log.head());
  let puts = 0;
  const put = kept.put.bind(kept);
  kept.put = (entries) => {
    puts += entries.length;
    return put(entries);
  };
  await history.list();
  expect(puts).toBe(0);
});

test('what another process did is in the list', async () => {
  const data = temporaryFolder();
  const [mine, other] = [await openEngine(data), await openEngine(data)];
  const { history } = await openHistory(mine, data);
  await other.engine.begin({ execution: 'theirs', pinned: short, input: {} });
  await other.engine.ended('theirs');
  expect((await history.list()).map(({ id }) => id)).toEqual(['theirs']);
});

test('the file may be removed: the log says it all again', async () => {
  const data = temporaryFolder();
  const embedded = await openEngine(data);
  await embedded.engine.begin({ execution: 'one', pinned: short, input: {} });
  await embedded.engine.ended('one');
  const first = await openHistory(embedded, data);
  const before = await first.history.list();
  await first.kept.close();
  for (const suffix of ['', '-wal', '-shm']) rmSync(join(data, `history.db${suffix}`), { force: true });
  expect(await (await openHistory(embedded, data)).history.list()).toEqual(before);
});

test('more executions than one batch are all found, and counted by status', async () => {
  const embedded = await openEngine();
  const { history } = await openHistory(embedded);
  const ids = Array.from({ length: 150 }, (_, at) => `e${at}`);
  await Promise.all(ids.map((execution) => embedded.engine.begin({ execution, pinned: short, input: {} })));
  await Promise.all(ids.map((execution) => embedded.engine.ended(execution)));
  expect(await history.list()).toHaveLength(150);
  expect(await history.summarise()).toMatchObject({
    total: 150,
    byStatus: { completed: 150 },
    durations: { count: 150 },
  });
});

test('the newest are there before all of them are folded', async () => {
  const embedded = await openEngine();
  const { history, kept } = await openHistory(embedded);
  const ids = Array.from({ length: 150 }, (_, at) => `e${at}`);
  for (const execution of ids) await embedded.engine.begin({ execution, pinned: short, input: {} });
  await Promise.all(ids.map((execution) => embedded.engine.ended(execution)));
  const behind = await history.refreshNewest();
  expect(behind).toBeGreaterThan(0);
  expect(await kept.list()).toHaveLength(150 - behind);
  // Not all that was seen lies before any position yet.
  expect(await kept.readTo(embedded.store.dataId)).toBe(0);
  await history.refresh();
  expect(await kept.count()).toEqual({ total: 150, byStatus: { completed: 150 } });
  expect(await history.refreshNewest()).toBe(0);
});

test('a history that is closed while thousands are folded leaves the others for the next look', async () => {
  const data = temporaryFolder();
  const embedded = await openEngine(data);
  const ids = Array.from({ length: 150 }, (_, at) => `e${at}`);
  await Promise.all(ids.map((execution) => embedded.engine.begin({ execution, pinned: short, input: {} })));
  await Promise.all(ids.map((execution) => embedded.engine.ended(execution)));
  const { history } = await openHistory(embedded, data);
  await history.refreshNewest();
  await history.close();
  const next = await openHistory(embedded, data);
  expect((await next.kept.count()).total).toBeLessThan(150);
  expect(await next.history.list()).toHaveLength(150);
});

test('a log that cannot be read is told also to who looks at the newest only', async () => {
  const embedded = await openEngine();
  const kept = await createHistoryStore({ data: 'memory' });
  const log = { ...embedded.store.log, executions: () => Promise.reject(new Error('gone')) };
  const history = new History({ store: kept, log, logId: 'log', sources: embedded.engine.sources });
  await expect(history.refreshNewest()).rejects.toThrow('gone');
});

test('an execution that cannot be folded is shown with the reason, and well again once it can', async () => {
  const data = temporaryFolder();
  const embedded = await openEngine(data);
  await embedded.engine.begin({ execution: 'one', pinned: short, input: {} });
  await embedded.engine.ended('one');
  await embedded.close();

  const next = await openEngine(data);
  const { artifacts } = next.store;
  const get = artifacts.get.bind(artifacts);
  const { artifactMissing } = await import('../../src/errors.ts');
  artifacts.get = (digest) => Promise.reject(artifactMissing(digest));
  const { history } = await openHistory(next, data);
  expect(await history.list()).toMatchObject([
    { id: 'one', task: 'short', version: '1.0.0', status: 'unreadable', error: { code: 'ARTIFACT_MISSING' } },
  ]);
  artifacts.get = get;
  expect(await history.list()).toMatchObject([{ id: 'one', status: 'completed', error: null }]);
});

test('records without a start are no execution', async () => {
  const embedded = await openEngine();
  const { history } = await openHistory(embedded);
  await embedded.store.log.append({
    id: 'r',
    execution: 'stray',
    source: 'control',
    type: 'pause.requested',
    data: {},
  });
  expect(await history.list()).toEqual([]);
});
