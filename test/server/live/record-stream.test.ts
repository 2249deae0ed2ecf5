import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createMemoryStore } from '../../../src/adapters/memory/store.ts';
import { systemClock } from '../../../src/adapters/system/clock.ts';
import { systemRandom } from '../../../src/adapters/system/random.ts';
import type { LogRecord } from '../../../src/ports/event-log.ts';
import { Signal } from '../../../src/server/live/feed.ts';
import { RecordStream } from '../../../src/server/live/record-stream.ts';

type Log = ReturnType<typeof createMemoryStore>['log'];

function openLog(): Log {
  return createMemoryStore({ clock: systemClock, random: systemRandom }).log;
}

function append(log: Log, execution: string, count: number): Promise<readonly LogRecord[]> {
  const records = Array.from({ length: count }, () =>
    log.append({ id: systemRandom.id(), execution, source: 'control', type: 'resume.requested', data: {} }),
  );
  return Promise.all(records);
}

/** Reads as a connection does, until it has come to a position. */
async function readUpTo(stream: RecordStream, signal: Signal, end: number): Promise<number[]> {
  const positions: number[] = [];
  while ((positions.at(-1) ?? 0) < end) {
    const records = await stream.take();
    positions.push(...records.map(({ position }) => position));
    if (records.length === 0) await signal.wait();
  }
  return positions;
}

test('every record once and in order, however often the reader leaves and comes again', async () => {
  const act = fc.oneof(
    { weight: 3, arbitrary: fc.record({ append: fc.integer({ min: 1, max: 40 }) }) },
    { weight: 1, arbitrary: fc.record({ others: fc.integer({ min: 1, max: 40 }) }) },
    { weight: 3, arbitrary: fc.record({ take: fc.integer({ min: 1, max: 3 }) }) },
    // It leaves before what it was given has reached it: that is asked for again.
    { weight: 2, arbitrary: fc.record({ leave: fc.boolean() }) },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 40 }), async (acts) => {
      const log = openLog();
      const written: number[] = [];
      const seen: number[] = [];
      const appending: Promise<unknown>[] = [];
      const signal = new Signal();
      const open = (): RecordStream =>
        new RecordStream('mine', { log, after: seen.at(-1) ?? 0, onChange: () => signal.set() });
      let stream = open();
      for (const each of acts) {
        if ('append' in each)
          appending.push(
            append(log, 'mine', each.append).then((all) => written.push(...all.map((r) => r.position))),
          );
        else if ('others' in each) appending.push(append(log, 'others', each.others));
        else if ('take' in each) {
          for (let n = 0; n < each.take; n += 1) seen.push(...(await stream.take()).map((r) => r.position));
        } else {
          if (each.leave) await stream.take();
          await stream.close();
          expect(await stream.take()).toEqual([]);
          stream = open();
        }
      }
      await Promise.all(appending);
      written.sort((a, b) => a - b);
      seen.push(...(await readUpTo(stream, signal, written.at(-1) ?? 0).then((all) => all)));
      await stream.close();
      expect(seen).toEqual(written);
    }),
    { numRuns: 60 },
  );
});

test('what waits for a reader that does not read has a bound, and nothing is lost by it', async () => {
  const log = openLog();
  const signal = new Signal();
  const stream = new RecordStream('mine', { log, after: 0, onChange: () => signal.set() });
  expect(await stream.take()).toEqual([]);
  const written = (await append(log, 'mine', 5_000)).map(({ position }) => position);
  await signal.wait();
  const first = await stream.take();
  expect(first.length).toBeLessThanOrEqual(1_000);
  const rest = await readUpTo(stream, signal, written.at(-1) ?? 0);
  expect([...first.map(({ position }) => position), ...rest]).toEqual(written);
  await stream.close();
});
