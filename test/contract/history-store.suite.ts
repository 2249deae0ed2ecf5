import { describe, expect, test } from 'vitest';
import type { HistoryEntry } from '../../src/history/entry.ts';
import type { Tally } from '../../src/history/metrics/tally.ts';
import type { HistoryStore, SpanQuery } from '../../src/history/store.ts';

/** What every history promises; see src/history/store.ts. */
export function historyStoreSuite(name: string, open: () => Promise<HistoryStore>): void {
  describe(`the history on ${name}`, () => {
    test('what was put can be got, whole', async () => {
      const history = await open();
      const failed = entry('e1', {
        status: 'failed',
        endedAt: 1_500,
        durationMs: 500,
        degraded: true,
        error: { code: 'PHASE_FAILED', message: 'No agent succeeded.' },
        phases: { total: 6, running: 1, completed: 2, failed: 1, skipped: 1, cancelled: 1 },
      });
      const waiting = entry('e2', { waitsFor: 'the signal approve' });
      await history.put([failed, waiting]);
      expect(await history.get('e1')).toEqual(failed);
      expect(await history.get('e2')).toEqual(waiting);
      expect(await history.get('e3')).toBeUndefined();
    });

    test('a later entry replaces an earlier one, whatever comes first', async () => {
      const history = await open();
      await history.put([entry('e1', { position: 9, status: 'completed' })]);
      await history.put([entry('e1', { position: 4, status: 'running' })]);
      expect((await history.get('e1'))?.status).toBe('completed');
      await history.put([entry('e1', { position: 12, status: 'running' })]);
      expect((await history.get('e1'))?.status).toBe('running');
    });

    test('putting nothing is well', async () => {
      const history = await open();
      await history.put([]);
      expect(await history.list()).toEqual([]);
    });

    test('lists come newest first, and the same way every time', async () => {
      const history = await open();
      await history.put([
        entry('b', { startedAt: 10 }),
        entry('c', { startedAt: 30 }),
        entry('a', { startedAt: 10 }),
        entry('d', { startedAt: 20 }),
      ]);
      expect(idsOf(await history.list())).toEqual(['c', 'd', 'b', 'a']);
    });

    test.each([
      [{ status: ['failed'] }, ['e3']],
      [{ status: ['failed', 'completed'] }, ['e3', 'e1']],
      [{ status: [] }, []],
      [{ task: 'one' }, ['e4', 'e1']],
      [{ task: "'; --" }, []],
      [{ since: 300 }, ['e4', 'e3']],
      [{ until: 300 }, ['e2', 'e1']],
      [{ since: 200, until: 400 }, ['e3', 'e2']],
      [{ search: 'E3' }, ['e3']],
      [{ search: 'ONE' }, ['e4', 'e1']],
      [{ search: '' }, ['e4', 'e3', 'e2', 'e1']],
      [{ search: '%' }, []],
      [{ offset: 1 }, ['e3', 'e2', 'e1']],
      [{ offset: 1, limit: 2 }, ['e3', 'e2']],
      [{ offset: 9 }, []],
      [{ search: 'two', status: ['failed', 'running'], offset: 1, limit: 5 }, ['e2']],
      [{ order: 'attention' as const }, ['e4', 'e2', 'e3', 'e1']],
      [{ order: 'attention' as const, offset: 1, limit: 2 }, ['e2', 'e3']],
      [{ order: 'attention' as const, task: 'one' }, ['e4', 'e1']],
      [{ limit: 1 }, ['e4']],
      [{ limit: 0 }, []],
      [{ task: 'one', status: ['running'], since: 100, limit: 5 }, ['e4']],
    ])('a list keeps to %j', async (query, ids) => {
      const history = await open();
      await history.put(ENTRIES);
      expect(idsOf(await history.list(query))).toEqual(ids);
    });

    test('by attention: what runs, then what waits for a person, then what stands still, then what has ended', async () => {
      const history = await open();
      await history.put([
        entry('done', { attention: 'ended', startedAt: 50 }),
        entry('paused', { attention: 'still', startedAt: 40 }),
        entry('older', { attention: 'person', startedAt: 10 }),
        entry('newer', { attention: 'person', startedAt: 20 }),
        entry('runs', { attention: 'running', startedAt: 5 }),
      ]);
      const ids = idsOf(await history.list({ order: 'attention' }));
      expect(ids).toEqual(['runs', 'newer', 'older', 'paused', 'done']);
    });

    test('a place in the order changes with the entry', async () => {
      const history = await open();
      await history.put([entry('a', { startedAt: 20 }), entry('b', { startedAt: 10 })]);
      expect(idsOf(await history.list({ order: 'attention' }))).toEqual(['a', 'b']);
      await history.put([entry('a', { startedAt: 20, attention: 'ended', position: 2 })]);
      expect(idsOf(await history.list({ order: 'attention' }))).toEqual(['b', 'a']);
    });

    test('a count looks at the filter, not at the page', async () => {
      const history = await open();
      await history.put(ENTRIES);
      const page = { offset: 1, limit: 1 };
      expect(await history.count(page)).toEqual({
        total: 4,
        byStatus: { completed: 1, running: 2, failed: 1 },
      });
      expect(await history.count({ search: 'two' })).toEqual({
        total: 2,
        byStatus: { running: 1, failed: 1 },
      });
    });

    test('a summary counts by status and orders what took how long', async () => {
      const history = await open();
      await history.put(ENTRIES);
      expect(await history.summarise()).toEqual({
        total: 4,
        byStatus: { completed: 1, running: 2, failed: 1 },
        durations: { count: 2, min: 10, mean: 50, p50: 10, p95: 90, max: 90 },
      });
      expect(await history.summarise({ status: ['running'] })).toMatchObject({ total: 2, durations: null });
    });

    test('percentiles are durations that occurred', async () => {
      const history = await open();
      const took = Array.from({ length: 100 }, (_, at) =>
        entry(`e${at}`, { status: 'completed', endedAt: 2_000, durationMs: 100 - at }),
      );
      await history.put(took);
      expect((await history.summarise()).durations).toMatchObject({ min: 1, p50: 50, p95: 95, max: 100 });
    });

    test('spans are executions that were under way at some time', async () => {
      const history = await open();
      await history.put(ENTRIES);
      const ids = async (query: SpanQuery) => (await history.spans(query)).map(({ id }) => id);
      expect(await ids({})).toEqual(['e4', 'e3', 'e2', 'e1']);
      expect(await ids({ since: 120, until: 310 })).toEqual(['e3', 'e2']);
      expect(await ids({ since: 110, until: 111 })).toEqual(['e1']);
      expect(await ids({ task: 'one' })).toEqual(['e4', 'e1']);
      expect(await ids({ limit: 1 })).toEqual(['e4']);
      expect(await history.spans({ task: 'one', limit: 1 })).toEqual([
        {
          id: 'e4',
          task: 'one',
          status: 'running',
          startedAt: 400,
          endedAt: null,
          durationMs: null,
          usage: { tokens: 1_200, usd: 0.25, timeMs: 800 },
        },
      ]);
    });

    test('an execution is untallied until its tally is as far as its entry', async () => {
      const history = await open();
      await history.put([entry('a', { startedAt: 10, position: 5 }), entry('b', { startedAt: 20 })]);
      expect(await history.untallied(10)).toEqual(['b', 'a']);
      expect(await history.untallied(1)).toEqual(['b']);
      await history.putTallies([tally('a', 4), tally('b', 1)]);
      expect(await history.untallied(10)).toEqual(['a']);
      await history.putTallies([tally('a', 5)]);
      expect(await history.untallied(10)).toEqual([]);
      await history.put([entry('a', { startedAt: 10, position: 6 })]);
      expect(await history.untallied(10)).toEqual(['a']);
    });

    test('a later tally replaces an earlier one, whatever comes first', async () => {
      const history = await open();
      await history.put([entry('a', { startedAt: 10, position: 7 })]);
      await history.putTallies([tally('a', 7)]);
      await history.putTallies([tally('a', 3)]);
      expect(await history.tallies()).toEqual([tally('a', 7)]);
      expect(await history.tallies({ task: 'other' })).toEqual([]);
    });

    test('how far a log was read never goes back, and is kept for each log', async () => {
      const history = await open();
      expect(await history.readTo('one')).toBe(0);
      await history.markReadTo('one', 7);
      await history.markReadTo('one', 3);
      await history.markReadTo('other', 2);
      expect(await history.readTo('one')).toBe(7);
      expect(await history.readTo('other')).toBe(2);
    });

    test('may be closed twice', async () => {
      const history = await open();
      await history.close();
      await history.close();
    });
  });
}

const ENTRIES = [
  entry('e1', {
    task: 'one',
    startedAt: 100,
    status: 'completed',
    attention: 'ended',
    endedAt: 110,
    durationMs: 10,
  }),
  entry('e2', { task: 'two', startedAt: 200, status: 'running' }),
  entry('e3', {
    task: 'two',
    startedAt: 300,
    status: 'failed',
    attention: 'ended',
    endedAt: 390,
    durationMs: 90,
  }),
  entry('e4', { task: 'one', startedAt: 400, status: 'running' }),
];

function tally(execution: string, position: number): Tally {
  const failures = [{ agent: 'quant', class: 'crash', count: position }];
  return { execution, task: 'one', startedAt: 10, position, agents: {}, steps: {}, failures };
}

export function entry(id: string, extra: Partial<HistoryEntry> = {}): HistoryEntry {
  return {
    id,
    task: 'one',
    version: '1.0.0',
    status: 'running',
    startedAt: 1_000,
    endedAt: null,
    durationMs: null,
    phases: { total: 3, running: 1, completed: 0, failed: 0, skipped: 0, cancelled: 0 },
    steps: { total: 4, done: 1 },
    usage: { tokens: 1_200, usd: 0.25, timeMs: 800 },
    degraded: false,
    error: null,
    waitsFor: null,
    rerunOf: null,
    attention: 'running',
    position: 1,
    ...extra,
  };
}

function idsOf(entries: readonly HistoryEntry[]): string[] {
  return entries.map(({ id }) => id);
}
