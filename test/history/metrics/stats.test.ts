import { expect, test } from 'vitest';
import { EMPTY_HISTOGRAM, withDuration } from '../../../src/history/metrics/durations-histogram.ts';
import { statsOf, stepDurationsOf } from '../../../src/history/metrics/stats.ts';
import type { AgentTally, Tally } from '../../../src/history/metrics/tally.ts';
import type { Span } from '../../../src/history/store.ts';

const HOUR = { since: 0, until: 60_000, buckets: 6 };

test('counts by when executions started and by when they ended', () => {
  const { buckets, bucketMs } = statsOf(
    [
      span('a', { startedAt: 1_000, endedAt: 15_000, status: 'completed' }),
      span('b', { startedAt: 2_000, endedAt: 18_000, status: 'failed' }),
      span('c', { startedAt: 55_000 }),
      span('before', { startedAt: -5_000, endedAt: 500, status: 'completed' }),
    ],
    [],
    HOUR,
  );
  expect(bucketMs).toBe(10_000);
  expect(buckets.map(({ at, started, completed, failed }) => [at, started, completed, failed])).toEqual([
    [0, 2, 1, 0],
    [10_000, 0, 1, 1],
    [20_000, 0, 0, 0],
    [30_000, 0, 0, 0],
    [40_000, 0, 0, 0],
    [50_000, 1, 0, 0],
  ]);
  expect(buckets[1]).toMatchObject({ p50: 14_000, p95: 16_000 });
  expect(buckets[2]).toMatchObject({ p50: null, p95: null });
});

test('what ends after the time is in no bucket', () => {
  const { buckets, durations } = statsOf(
    [span('a', { startedAt: 1_000, endedAt: 70_000, status: 'completed' })],
    [],
    HOUR,
  );
  expect(buckets.reduce((sum, { completed }) => sum + completed, 0)).toBe(0);
  expect(durations).toBeNull();
});

test('adds up what tasks and agents used, the most expensive task and the busiest agent first', () => {
  const stats = statsOf(
    [
      span('a', { task: 'cheap', usage: { tokens: 10, usd: 0.1, timeMs: 5 } }),
      span('b', {
        task: 'dear',
        usage: { tokens: 50, usd: 2, timeMs: 7 },
        endedAt: 9_000,
        status: 'completed',
      }),
    ],
    [
      tally('a', { idle: agent({ busyMs: 1 }), busy: agent({ busyMs: 50, tokens: 4 }) }),
      tally('b', { busy: agent({ busyMs: 5, tokens: 6 }) }),
    ],
    HOUR,
  );
  expect(stats.totals).toMatchObject({ executions: 2, running: 1, tokens: 60, usd: 2.1, workMs: 12 });
  expect(stats.tasks.map(({ task, completed }) => [task, completed])).toEqual([
    ['dear', 1],
    ['cheap', 0],
  ]);
  expect(stats.agents.map((one) => [one.agent, one.busyMs, one.tokens])).toEqual([
    ['busy', 55, 10],
    ['idle', 1, 0],
  ]);
});

test('failures are counted by class, with the agents that had them', () => {
  const failures = [
    { agent: 'x', class: 'crash', count: 1 },
    { agent: 'y', class: 'crash', count: 3 },
    { agent: 'y', class: 'timeout', count: 1 },
  ];
  const tallies = [{ ...tally('a', {}), failures }];
  expect(statsOf([], tallies, HOUR).failures).toEqual([
    {
      class: 'crash',
      count: 4,
      agents: [
        { agent: 'y', count: 3 },
        { agent: 'x', count: 1 },
      ],
    },
    { class: 'timeout', count: 1, agents: [{ agent: 'y', count: 1 }] },
  ]);
  expect(statsOf([], tallies, { ...HOUR, agent: 'x' }).failures).toMatchObject([
    { class: 'crash', count: 1 },
  ]);
});

test('how long steps take is of all executions together', () => {
  const steps = { s: withDuration(EMPTY_HISTOGRAM, 1_000) };
  const durations = stepDurationsOf([
    { ...tally('a', {}), steps },
    { ...tally('b', {}), steps },
  ]);
  expect(durations.s).toMatchObject({ count: 2, sumMs: 2_000 });
});

function span(id: string, extra: Partial<Span>): Span {
  const { startedAt = 0, endedAt = null } = extra;
  const durationMs = endedAt === null ? null : endedAt - startedAt;
  const usage = { tokens: 0, usd: 0, timeMs: 0 };
  return { id, task: 'one', status: 'running', usage, startedAt, endedAt, durationMs, ...extra };
}

function tally(execution: string, agents: Tally['agents']): Tally {
  return { execution, task: 'one', startedAt: 0, position: 1, agents, steps: {}, failures: [] };
}

function agent(extra: Partial<AgentTally>): AgentTally {
  const counts = { attempts: 1, succeeded: 1, failed: 0, lost: 0, tokens: 0, usd: 0, busyMs: 0 };
  return { ...counts, work: EMPTY_HISTOGRAM, waits: EMPTY_HISTOGRAM, ...extra };
}
