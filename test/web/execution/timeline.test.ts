import { describe, expect, it } from 'vitest';
import type { Lanes } from '../../../src/inspection/documents.ts';
import { idleGaps } from '../../../web/src/execution/timeline/gaps.ts';
import { entryOf, listRows, phaseAt } from '../../../web/src/execution/timeline/rows.ts';
import { roomFor, tickLabel, tickStep } from '../../../web/src/execution/timeline/ticks.ts';
import { createTimeScale } from '../../../web/src/execution/timeline/time-scale.ts';
import { moved, ranged, zoomed } from '../../../web/src/execution/timeline/view-window.ts';

const WAITING = 0;
const RUNNING = 2;

/** Steps as `[phase, [kind, from, to]…]`. */
function lanes(
  to: number,
  steps: readonly [phase: number, ...segments: [number, number, number][]][],
): Lanes {
  const segments = steps.map(([, ...own]) => own);
  const firstSegment = new Uint32Array(steps.length + 1);
  for (const [row, own] of segments.entries()) firstSegment[row + 1] = (firstSegment[row] ?? 0) + own.length;
  const flat = segments.flat();
  return {
    from: 0,
    to,
    names: ['one', 'two'],
    ids: steps.map((_, row) => `s${row}`),
    rowPhase: Uint32Array.from(steps, ([phase]) => phase),
    rowTitle: new Uint32Array(steps.length),
    rowStatus: new Uint8Array(steps.length),
    firstSegment,
    segmentKind: Uint8Array.from(flat, ([kind]) => kind),
    segmentAttempt: new Uint16Array(flat.length).fill(1),
    segmentFrom: Float64Array.from(flat, ([, from]) => from),
    segmentTo: Float64Array.from(flat, ([, , end]) => end),
  };
}

describe('time scale', () => {
  it('is the time itself without gaps', () => {
    const scale = createTimeScale(1000, 5000);
    expect(scale.toShown(3000)).toBe(2000);
    expect(scale.toTime(2000)).toBe(3000);
    expect(scale.length).toBe(4000);
  });

  it('folds gaps to a narrow stretch, and finds every instant again', () => {
    const scale = createTimeScale(0, 10_000, [{ from: 1000, to: 9000 }]);
    expect(scale.length).toBe(2000 + 50);
    expect(scale.toShown(9500)).toBe(1000 + 50 + 500);
    for (const at of [0, 500, 1000, 3000, 8999, 9000, 9999])
      expect(scale.toTime(scale.toShown(at))).toBeCloseTo(at, 6);
  });
});

describe('idle gaps', () => {
  it('are where nobody works, waiting or not', () => {
    const gaps = idleGaps(
      lanes(1000, [
        [0, [WAITING, 0, 500], [RUNNING, 500, 600]],
        [0, [RUNNING, 0, 100]],
      ]),
      1000,
    );
    expect(gaps).toHaveLength(2);
    expect(gaps[0]?.from).toBeCloseTo(100, 0);
    expect(gaps[0]?.to).toBeCloseTo(500, 0);
    expect(gaps[1]?.to).toBe(1000);
  });

  it('end where something still goes on', () => {
    expect(idleGaps(lanes(1000, [[0, [RUNNING, 0, Number.NaN]]]), 1000)).toEqual([]);
  });
});

describe('rows', () => {
  const three = lanes(10, [[0], [0], [1]]);

  it('have a header for each phase', () => {
    const rows = listRows(three, new Set());
    expect([...rows.entries]).toEqual([-1, 0, 1, -2, 2]);
    expect(entryOf(rows, 2)).toBe(4);
    expect(phaseAt(rows, 4)?.name).toBe('two');
  });

  it('leave out those of a closed phase', () => {
    const rows = listRows(three, new Set(['one']));
    expect([...rows.entries]).toEqual([-1, -2, 2]);
    expect(entryOf(rows, 0)).toBeUndefined();
  });
});

describe('ticks', () => {
  it.each([
    [0, 1000, '0'],
    [250, 50, '250 ms'],
    [12_500, 500, '12.5 s'],
    [90_000, 30_000, '1:30'],
    [7_500_000, 300_000, '2 h 05'],
    [7_200_000, 3_600_000, '2 h'],
    [187_200_000, 43_200_000, '2 d 4 h'],
  ])('%d ms with a tick each %d ms is %s', (elapsed, step, text) =>
    expect(tickLabel(elapsed, step)).toBe(text),
  );

  it('stand at round distances', () => {
    expect(tickStep(60_000, 6)).toBe(10_000);
    expect(tickStep(3_600_000, 8)).toBe(600_000);
  });

  it('leave room to grow', () => {
    expect(roomFor(900)).toBe(1000);
    expect(roomFor(42_000)).toBe(60_000);
    expect(roomFor(60_000)).toBe(60_000);
  });
});

describe('view window', () => {
  it('zooms around a point and shows all of it when that is as wide', () => {
    expect(zoomed({ from: 0, to: 1000 }, 250, 0.5, 1000)).toEqual({ from: 125, to: 625 });
    expect(zoomed({ from: 125, to: 625 }, 250, 4, 1000)).toBeNull();
  });

  it('stays inside', () => {
    expect(moved({ from: 100, to: 300 }, -500, 1000)).toEqual({ from: 0, to: 200 });
    expect(ranged(990, 700, 1000)).toEqual({ from: 700, to: 990 });
  });
});
