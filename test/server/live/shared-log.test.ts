import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createMemoryStore } from '../../../src/adapters/memory/store.ts';
import { systemClock } from '../../../src/adapters/system/clock.ts';
import { systemRandom } from '../../../src/adapters/system/random.ts';
import type { EventLog } from '../../../src/ports/event-log.ts';
import { Signal } from '../../../src/server/live/feed.ts';
import { RecordStream } from '../../../src/server/live/record-stream.ts';
import { SharedLog } from '../../../src/server/live/shared-log.ts';

function openLog() {
  const { log } = createMemoryStore({ clock: systemClock, random: systemRandom });
  let following = 0;
  let most = 0;
  const counted: Pick<EventLog, 'read' | 'follow'> = {
    read: (execution, options) => log.read(execution, options),
    follow: (follower, after, options) => {
      following += 1;
      most = Math.max(most, following);
      const { stop: stopIt } = log.follow(follower, after, options);
      let isOver = false;
      const stop = async (): Promise<void> => {
        if (!isOver) following -= 1;
        isOver = true;
        await stopIt();
      };
      return { stop, [Symbol.asyncDispose]: stop };
    },
  };
  const append = async (count: number): Promise<readonly number[]> => {
    const records = Array.from({ length: count }, () =>
      log.append({
        id: systemRandom.id(),
        execution: 'mine',
        source: 'control',
        type: 'resume.requested',
        data: {},
      }),
    );
    return (await Promise.all(records)).map(({ position }) => position);
  };
  return { shared: new SharedLog(counted), append, following: () => following, most: () => most };
}

class Reader {
  readonly seen: number[] = [];
  readonly #shared: SharedLog;
  #signal = new Signal();
  #stream: RecordStream;

  constructor(shared: SharedLog) {
    this.#shared = shared;
    this.#stream = this.#open();
  }

  async take(): Promise<void> {
    this.seen.push(...(await this.#stream.take()).map(({ position }) => position));
  }

  async comeAgain(): Promise<void> {
    await this.#stream.close();
    this.#stream = this.#open();
  }

  async readUpTo(end: number): Promise<void> {
    while ((this.seen.at(-1) ?? 0) < end) {
      const before = this.seen.length;
      await this.take();
      if (this.seen.length === before) await this.#signal.wait();
    }
    await this.#stream.close();
  }

  #open(): RecordStream {
    const signal = new Signal();
    this.#signal = signal;
    return new RecordStream('mine', {
      log: this.#shared,
      after: this.seen.at(-1) ?? 0,
      onChange: () => signal.set(),
    });
  }
}

test('every reader has every record once and in order, whenever it joins and leaves', async () => {
  const act = fc.oneof(
    { weight: 3, arbitrary: fc.record({ append: fc.integer({ min: 1, max: 300 }) }) },
    { weight: 5, arbitrary: fc.record({ take: fc.integer({ min: 0, max: 4 }) }) },
    { weight: 2, arbitrary: fc.record({ leave: fc.integer({ min: 0, max: 4 }) }) },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 40 }), async (acts) => {
      const { shared, append, following } = openLog();
      const readers = Array.from({ length: 5 }, () => new Reader(shared));
      const appending: Promise<readonly number[]>[] = [];
      for (const each of acts) {
        if ('append' in each) appending.push(append(each.append));
        else if ('take' in each) await readers[each.take]?.take();
        else await readers[each.leave]?.comeAgain();
      }
      const written = (await Promise.all(appending)).flat().sort((a, b) => a - b);
      await Promise.all(readers.map((reader) => reader.readUpTo(written.at(-1) ?? 0)));
      for (const { seen } of readers) expect(seen).toEqual(written);
      expect(following()).toBe(0);
    }),
    { numRuns: 40 },
  );
});

test('hundreds of readers follow the log once', async () => {
  const { shared, append, most } = openLog();
  await append(40);
  const readers = Array.from({ length: 200 }, () => new Reader(shared));
  for (const reader of readers) await reader.take();
  for (const reader of readers) await reader.take();
  const last = (await append(100)).at(-1) ?? 0;
  await Promise.all(readers.map((reader) => reader.readUpTo(last)));
  for (const { seen } of readers) expect(seen).toHaveLength(140);
  expect(most()).toBe(1);
});
