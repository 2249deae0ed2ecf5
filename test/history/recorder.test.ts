import { expect, test } from 'vitest';
import { systemClock } from '../../src/adapters/system/clock.ts';
import type { HistoryEntry } from '../../src/history/entry.ts';
import { HistoryRecorder, INTERVAL_MS } from '../../src/history/recorder.ts';
import type { Embedded } from '../../src/library/embedded.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { openEngine, short, waiting } from './fixtures.ts';

test('an ended execution is written at the next turn of the timer, in one go with the others', async () => {
  const { embedded, tick, puts } = await record();
  for (const execution of ['one', 'two']) {
    await embedded.engine.begin({ execution, pinned: short, input: {} });
    await embedded.engine.ended(execution);
  }
  expect(puts).toEqual([]);
  await tick();
  expect(puts.map((entries) => entries.map(({ id, status }) => `${id} ${status}`).sort())).toEqual([
    ['one completed', 'two completed'],
  ]);
});

test('the timer is set for the first event only, and again after it has rung', async () => {
  const { embedded, tick, delays } = await record();
  await embedded.engine.begin({ execution: 'one', pinned: short, input: {} });
  await embedded.engine.ended('one');
  expect(delays).toEqual([INTERVAL_MS]);
  await tick();
  await embedded.engine.begin({ execution: 'two', pinned: short, input: {} });
  expect(delays).toEqual([INTERVAL_MS, INTERVAL_MS]);
});

test('stopping writes what is outstanding', async () => {
  const { embedded, recorder, puts } = await record();
  await embedded.engine.begin({ execution: 'one', pinned: short, input: {} });
  await embedded.engine.ended('one');
  await recorder.stop();
  await recorder.stop();
  expect(puts.flat()).toMatchObject([{ id: 'one', status: 'completed' }]);
});

test('a history that cannot be written holds nothing up', async () => {
  const { embedded, tick, puts, fail } = await record();
  fail(1);
  await embedded.engine.begin({ execution: 'one', pinned: short, input: {} });
  await embedded.engine.ended('one');
  await tick();
  await embedded.engine.begin({ execution: 'two', pinned: short, input: {} });
  await embedded.engine.ended('two');
  await tick();
  expect(puts.flat()).toMatchObject([{ id: 'two' }]);
});

test('a parked execution is left to be read from the log', async () => {
  const { embedded, tick, puts } = await record();
  await embedded.engine.begin({ execution: 'one', pinned: waiting, input: {} });
  await tick();
  expect(puts.flat().filter(({ status }) => status !== 'running')).toEqual([]);
});

/** A recorder whose timer rings when the test says so. */
async function record() {
  const embedded: Embedded = await openEngine();
  const puts: (readonly HistoryEntry[])[] = [];
  const delays: number[] = [];
  let ring: (() => void) | undefined;
  let failures = 0;
  const clock: Clock = {
    ...systemClock,
    schedule(delayMs, callback) {
      delays.push(delayMs);
      ring = callback;
      return () => {
        if (ring === callback) ring = undefined;
      };
    },
  };
  const store = {
    async put(entries: readonly HistoryEntry[]) {
      if (failures > 0) {
        failures -= 1;
        throw new Error('no room');
      }
      puts.push(entries);
    },
  };
  const recorder = new HistoryRecorder({ engine: embedded.engine, store, clock });
  return {
    embedded,
    recorder,
    puts,
    delays,
    fail: (times: number) => {
      failures = times;
    },
    async tick() {
      ring?.();
      await recorder.written();
    },
  };
}
