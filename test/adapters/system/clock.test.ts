import { afterEach, expect, test, vi } from 'vitest';
import { systemClock } from '../../../src/adapters/system/clock.ts';

afterEach(() => {
  vi.useRealTimers();
});

test('soon comes before timers and after the current work', async () => {
  const order: string[] = [];
  const timer = new Promise<void>((resolve) => {
    systemClock.schedule(0, () => {
      order.push('timer');
      resolve();
    });
  });
  systemClock.soon(() => order.push('soon'));
  order.push('now');
  // A timer of ours keeps no process alive, so something else must.
  const keepAlive = setInterval(() => undefined, 1_000);
  await timer;
  clearInterval(keepAlive);
  expect(order).toEqual(['now', 'soon', 'timer']);
});

test('a timer that was cancelled does not come', () => {
  vi.useFakeTimers();
  const callback = vi.fn();
  systemClock.schedule(10, callback)();
  vi.advanceTimersByTime(100);
  expect(callback).not.toHaveBeenCalled();
});

test('a timer of 100 days comes after 100 days, not at once', () => {
  vi.useFakeTimers();
  const days = 24 * 60 * 60 * 1_000;
  const [kept, cancelled] = [vi.fn(), vi.fn()];
  systemClock.schedule(100 * days, kept);
  const cancel = systemClock.schedule(100 * days, cancelled);
  vi.advanceTimersByTime(99 * days);
  expect(kept).not.toHaveBeenCalled();
  cancel();
  vi.advanceTimersByTime(days);
  expect(kept).toHaveBeenCalledOnce();
  expect(cancelled).not.toHaveBeenCalled();
});

test('its times are of the machine', () => {
  expect(Math.abs(systemClock.now() - Date.now())).toBeLessThan(60_000);
  const earlier = systemClock.monotonic();
  expect(systemClock.monotonic()).toBeGreaterThanOrEqual(earlier);
});
