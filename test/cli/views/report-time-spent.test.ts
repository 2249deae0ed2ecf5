import { describe, expect, test } from 'vitest';
import { timeSpent } from '../../../src/cli/views/report-time-spent.ts';
import { timeTable } from '../../../src/cli/views/report-timeline.ts';
import { attempt, documentWith, page, phase, report, step } from './report-fixtures.ts';

const about = report([
  phase('Gather', [0, 400], [step('a', [0, 400]), step('b', [0, 300])]),
  phase('Decide', [400, 1_000], [step('c', [400, 1_000])]),
]);

describe('the time of an execution', () => {
  test('is counted once where agents work side by side', () => {
    const { workingMs, waitingMs, phases } = timeSpent(about, [
      attempt('a', [100, 400]),
      attempt('b', [50, 300]),
    ]);
    expect({ workingMs, waitingMs }).toEqual({ workingMs: 350, waitingMs: 650 });
    expect(phases).toMatchObject([
      { name: 'Gather', offsetMs: 0, totalMs: 400, workingMs: 350, waitingMs: 50 },
      { name: 'Decide', offsetMs: 400, totalMs: 600, workingMs: 0, waitingMs: 600 },
    ]);
  });

  test('of a step is the sum of its attempts, the time between them is waiting', () => {
    const { steps } = timeSpent(about, [
      attempt('c', [450, 550], { outcome: 'failed' }),
      attempt('c', [700, 1_000]),
    ]);
    expect(steps.get('c')).toEqual({ totalMs: 600, workingMs: 400, waitingMs: 200 });
  });

  test('counts an attempt that still works up to now', () => {
    expect(timeSpent(about, [attempt('c', [600, null])]).steps.get('c')?.workingMs).toBe(400);
  });

  test('never counts more work than there was time', () => {
    expect(timeSpent(about, [attempt('b', [0, 900])]).steps.get('b')).toEqual({
      totalMs: 300,
      workingMs: 300,
      waitingMs: 0,
    });
  });
});

describe('the table of times', () => {
  test('draws each phase where it lies, at work or waiting', () => {
    const document = documentWith(about, [attempt('a', [100, 400]), attempt('c', [400, 1_000])]);
    const lines = timeTable(document, document.time, page(76));
    expect(lines[1]).toMatch(/ {2}░{3}█{10}$/);
    expect(lines[2]).toMatch(/ {2} {12}█{20}$/);
    expect(lines[3]).toMatch(/^ {2}all +1\.0 s +0\.9 s +0\.1 s$/);
  });

  test('says so when no phase has begun', () => {
    const none = documentWith(report([phase('a', [0, 0], [], { startedAt: null, durationMs: null })]));
    expect(timeTable(none, none.time, page())).toEqual(['  No phase has begun.']);
  });
});
