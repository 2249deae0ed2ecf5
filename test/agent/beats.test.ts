import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../../src/adapters/memory/virtual-clock.ts';
import { BeatWatch } from '../../src/agent/beat-watch.ts';
import { Beats } from '../../src/agent/beats.ts';

const never = () => undefined;

describe('the beats of an attempt', () => {
  test('count from its start, and each sign starts them anew', () => {
    const beats = new Beats({ progress: 100 }, 0);
    expect(beats.silence(99)).toBeUndefined();
    beats.progressed(99);
    expect(beats.silence(198)).toBeUndefined();
    expect(beats.silence(199)).toEqual({ beat: 'progress', silentMs: 100, boundMs: 100 });
  });

  test('of a process count from its start, and from each time it was seen', () => {
    const beats = new Beats({ process: 100 }, 0);
    expect(beats.silence(1000)).toBeUndefined();
    let isAlive = true;
    beats.watch((seen) => isAlive && seen(), 1000);
    beats.look(() => 1090);
    expect(beats.processSeenAt(1189)).toBe(1090);
    isAlive = false;
    beats.look(() => 1189);
    expect(beats.silence(1189)).toBeUndefined();
    expect(beats.silence(1190)).toEqual({ beat: 'process', silentMs: 100, boundMs: 100 });
  });

  test('of a process may be answered later', () => {
    const beats = new Beats({ process: 100 }, 0);
    const answers: (() => void)[] = [];
    let now = 10;
    beats.watch((seen) => answers.push(seen), 0);
    beats.look(() => now);
    now = 60;
    answers[0]?.();
    expect(beats.processSeenAt(70)).toBe(60);
  });

  test('of a process end with it, without being silence', () => {
    const beats = new Beats({ process: 100 }, 0);
    const ended = beats.watch(never, 0);
    ended();
    expect(beats.silence(1000)).toBeUndefined();
    expect(beats.areWatched).toBe(false);
  });

  test('without a process are as alive as the host', () => {
    expect(new Beats(undefined, 0).processSeenAt(500)).toBe(500);
  });

  test('do not stop while the host stood still, and that excuse holds until the next sign', () => {
    const beats = new Beats({ process: 100, progress: 200 }, 0);
    beats.watch(never, 0);
    beats.excuse(1000);
    expect(beats.silence(1099)).toBeUndefined();
    expect(beats.silence(1100)).toEqual({ beat: 'process', silentMs: 100, boundMs: 100 });
    beats.progressed(1100);
    beats.watch((seen) => seen(), 1100);
    expect(beats.silence(1199)).toBeUndefined();
    expect(beats.silence(1200)).toMatchObject({ beat: 'process', silentMs: 100 });
  });

  test('are bounded one by one, the process first', () => {
    const both = new Beats({ process: 50, progress: 50 }, 0);
    both.watch(never, 0);
    expect(both.silence(50)).toMatchObject({ beat: 'process' });
    const unbounded = new Beats({ host: 1 }, 0);
    unbounded.watch(never, 0);
    expect(unbounded.silence(1_000_000)).toBeUndefined();
  });
});

describe('the watch', () => {
  test('looks once a second, and only while there is something to look at', async () => {
    const clock = new VirtualClock();
    const watch = new BeatWatch(clock, [undefined, {}, { progress: 60_000 }]);
    const looks: number[] = [];
    const watched = { look: () => void looks.push(clock.monotonic()) };
    expect(clock.nextAt).toBeUndefined();
    watch.add(watched);
    watch.add(watched);
    await clock.advance(2500);
    expect(looks).toEqual([1000, 2000]);
    watch.remove(watched);
    await clock.runUntilIdle();
    expect(looks).toHaveLength(2);
    watch.add(watched);
    watch.stop();
    expect(clock.nextAt).toBeUndefined();
  });

  test.each([
    [{ process: 1000 }, 250],
    [{ progress: 400, process: 1000 }, 100],
    [{ progress: 1 }, 50],
    [{ host: 1 }, 1000],
  ])('with the bounds %j looks every %d ms', (bounds, everyMs) => {
    const clock = new VirtualClock(0);
    new BeatWatch(clock, [bounds]).add({ look: never });
    expect(clock.nextAt).toBe(everyMs);
  });

  test('says by how much it is late', async () => {
    const clock = new VirtualClock();
    let stoodStillMs = 0;
    const late: number[] = [];
    const watch = new BeatWatch(
      {
        now: () => clock.now(),
        monotonic: () => clock.monotonic() + stoodStillMs,
        schedule: (delayMs, callback) => clock.schedule(delayMs, callback),
        soon: (callback) => clock.soon(callback),
      },
      [],
    );
    watch.add({ look: (lateMs) => void late.push(lateMs) });
    stoodStillMs = 90_000;
    await clock.advance(2000);
    watch.stop();
    expect(late).toEqual([90_000, 0]);
  });
});
