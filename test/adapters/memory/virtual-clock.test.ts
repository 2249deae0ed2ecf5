import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../../../src/adapters/memory/virtual-clock.ts';

describe('virtual time', () => {
  test('stands still until it is moved', async () => {
    const clock = new VirtualClock(1_000);
    expect([clock.now(), clock.monotonic()]).toEqual([1_000, 0]);
    await clock.advance(50);
    expect([clock.now(), clock.monotonic()]).toEqual([1_050, 50]);
  });

  test('runs each timer at its time, the older of two first', async () => {
    const clock = new VirtualClock(0);
    const seen: string[] = [];
    const note = (name: string) => (): void => void seen.push(`${name} ${clock.now()}`);
    clock.schedule(20, note('b'));
    clock.schedule(10, note('a'));
    clock.schedule(20, note('c'));
    clock.schedule(31, note('late'));
    await clock.advance(30);
    expect(seen).toEqual(['a 10', 'b 20', 'c 20']);
    expect([clock.now(), clock.nextAt]).toEqual([30, 31]);
  });

  test('lets what a timer starts settle before the next', async () => {
    const clock = new VirtualClock(0);
    const seen: string[] = [];
    clock.schedule(1, () => {
      void Promise.resolve().then(() => clock.soon(() => seen.push('settled')));
    });
    clock.schedule(1, () => seen.push('next'));
    await clock.advance(1);
    expect(seen).toEqual(['settled', 'next']);
  });

  test('runs timers that timers make, as far as it moves', async () => {
    const clock = new VirtualClock(0);
    const seen: number[] = [];
    const tick = (): void => {
      seen.push(clock.now());
      clock.schedule(10, tick);
    };
    clock.schedule(10, tick);
    await clock.advance(35);
    expect(seen).toEqual([10, 20, 30]);
  });

  test('runs until nothing is left, or until its limit', async () => {
    const clock = new VirtualClock(0);
    const seen: number[] = [];
    for (const delay of [5, 500, 5_000]) clock.schedule(delay, () => seen.push(delay));
    await clock.runUntilIdle(1_000);
    expect([seen, clock.now()]).toEqual([[5, 500], 500]);
    await clock.runUntilIdle();
    expect([seen, clock.now()]).toEqual([[5, 500, 5_000], 5_000]);
  });

  test('does not run what was cancelled', async () => {
    const clock = new VirtualClock(0);
    const seen: number[] = [];
    const cancel = clock.schedule(10, () => seen.push(10));
    clock.schedule(20, () => seen.push(20));
    cancel();
    cancel();
    expect(clock.nextAt).toBe(20);
    await clock.runUntilIdle();
    expect(seen).toEqual([20]);
  });

  test('runs any set of timers in order, and none that was cancelled', async () => {
    const timer = fc.record({ delay: fc.nat(50), isCancelled: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(timer, { maxLength: 40 }), async (timers) => {
        const clock = new VirtualClock(0);
        const seen: number[] = [];
        const cancels = timers.map(({ delay }, index) => clock.schedule(delay, () => seen.push(index)));
        for (const [index, { isCancelled }] of timers.entries()) if (isCancelled) cancels[index]?.();
        await clock.runUntilIdle();
        const expected = timers
          .map((each, index) => ({ ...each, index }))
          .filter(({ isCancelled }) => !isCancelled)
          .sort((one, other) => one.delay - other.delay || one.index - other.index);
        expect(seen).toEqual(expected.map(({ index }) => index));
      }),
    );
  });
});
