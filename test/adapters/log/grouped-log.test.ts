import { describe, expect, test } from 'vitest';
import { GroupedLog } from '../../../src/adapters/log/grouped-log.ts';
import { MemoryRecords } from '../../../src/adapters/memory/records.ts';
import { systemClock } from '../../../src/adapters/system/clock.ts';
import { TroupeError } from '../../../src/errors.ts';
import type { Clock } from '../../../src/ports/clock.ts';
import type { LogRecord } from '../../../src/ports/event-log.ts';
import { newRecord, Recorder } from '../../contract/recorder.ts';

const transient = (): TroupeError => new TroupeError({ code: 'TEST', message: 'busy', retryable: true });
const permanent = (): TroupeError => new TroupeError({ code: 'TEST_BROKEN', message: 'broken' });

function createLog({ clock = systemClock, busyLimitMs }: { clock?: Clock; busyLimitMs?: number } = {}) {
  const storage = new MemoryRecords();
  const reported: TroupeError[] = [];
  const log = new GroupedLog({
    storage,
    clock,
    busyLimitMs,
    wait: (_delayMs, callback) => clock.soon(callback),
    report: (error) => reported.push(error),
  });
  return { storage, log, reported };
}

/** Lets the next commits fail, one after another, with these errors. */
function failCommits(storage: MemoryRecords, ...errors: unknown[]): void {
  storage.interceptCommits(() => {
    const error = errors.shift();
    if (error !== undefined) throw error;
  });
}

describe('a commit that fails', () => {
  test('for a passing reason is taken back from followers, tried again and folded anew', async () => {
    const { log, storage } = createLog();
    const follower = new Recorder();
    log.follow(follower, 0);
    await log.append(newRecord('a'));
    failCommits(storage, transient(), transient());
    const written = await Promise.all([log.append(newRecord('b')), log.append(newRecord('c'))]);
    expect(written.map(({ type, position }) => [type, position])).toEqual([
      ['b', 2],
      ['c', 3],
    ]);
    expect(follower.types).toEqual(['a', 'b', 'c']);
    expect(follower.calls).toEqual([
      ...['fold 1-1', 'durable 1'],
      ...['fold 2-3', 'retracted 1', 'fold 2-3', 'retracted 1', 'fold 2-3', 'durable 3'],
    ]);
  });

  test('for good rejects every append in it, those of followers included', async () => {
    const { log, storage } = createLog();
    const followUps: Promise<LogRecord>[] = [];
    const follower = new Recorder((records) => {
      if (records.some(({ type }) => type === 'a')) followUps.push(log.append(newRecord('a+')));
    });
    log.follow(follower, 0);
    failCommits(storage, permanent());
    await expect(log.append(newRecord('a'))).rejects.toMatchObject({ code: 'TEST_BROKEN' });
    await expect(followUps[0]).rejects.toMatchObject({ code: 'TEST_BROKEN' });
    expect(follower.records).toEqual([]);
    expect(await log.head()).toBe(0);
    expect((await log.append(newRecord('b'))).position).toBe(1);
    expect(follower.types).toEqual(['b']);
  });

  test('keeps what a follower appended in its place when it is tried again', async () => {
    const { log, storage } = createLog();
    let isFirst = true;
    const follower = new Recorder(() => {
      if (!isFirst) return;
      isFirst = false;
      void log.append(newRecord('a+'));
    });
    log.follow(follower, 0);
    failCommits(storage, transient());
    await log.append(newRecord('a'));
    expect((await log.read('one')).map(({ type }) => type)).toEqual(['a', 'a+']);
  });

  test('does not reject what a follower appends because of it', async () => {
    const { log, storage } = createLog();
    let afterwards: Promise<LogRecord> | undefined;
    const follower = new Recorder();
    follower.retracted = () => {
      afterwards = log.append(newRecord('afterwards'));
    };
    log.follow(follower, 0);
    failCommits(storage, permanent());
    await expect(log.append(newRecord('a'))).rejects.toThrow('broken');
    expect((await afterwards)?.position).toBe(1);
  });

  test('takes nothing back that another process wrote', async () => {
    const storage = new MemoryRecords();
    const open = (): GroupedLog =>
      new GroupedLog({ storage, clock: systemClock, wait: (_ms, callback) => systemClock.soon(callback) });
    const [here, there] = [open(), open()];
    const follower = new Recorder();
    here.follow(follower, 0);
    await there.append(newRecord('theirs'));
    failCommits(storage, permanent());
    await expect(here.append(newRecord('ours'))).rejects.toThrow('broken');
    expect(follower.types).toEqual(['theirs']);
    expect(follower.durablePosition).toBe(1);
  });

  test('says nothing to a follower that waits for a position not reached yet', async () => {
    const { log, storage } = createLog();
    const follower = new Recorder();
    log.follow(follower, 5);
    failCommits(storage, transient());
    await log.append(newRecord('a'));
    expect(follower.calls).toEqual([]);
  });

  test('leaves a follower alone that stopped meanwhile', async () => {
    const { log, storage } = createLog();
    const follower = new Recorder(() => void subscription.stop());
    const subscription = log.follow(follower, 0);
    failCommits(storage, transient());
    await log.append(newRecord('a'));
    expect(follower.calls).toEqual(['fold 1-1']);
  });

  test('too often for too long rejects with why', async () => {
    let now = 0;
    const clock: Clock = { ...systemClock, monotonic: () => now };
    const { log, storage } = createLog({ clock, busyLimitMs: 100 });
    storage.interceptCommits(() => {
      now += 30;
      throw transient();
    });
    await expect(log.append(newRecord('a'))).rejects.toMatchObject({ code: 'TEST' });
    expect(now).toBeGreaterThan(100);
    storage.interceptCommits(() => undefined);
    expect((await log.append(newRecord('b'))).position).toBe(1);
  });
});

describe('work inside a commit', () => {
  test('happens in order with the appends around it and resolves with its result', async () => {
    const { log, storage } = createLog();
    const [, head] = await Promise.all([
      log.append(newRecord('a')),
      log.transact(() => storage.head().position),
      log.append(newRecord('b')),
    ]);
    expect(head).toBe(1);
  });

  test('that throws rejects alone', async () => {
    const { log } = createLog();
    const results = await Promise.allSettled([
      log.append(newRecord('a')),
      log.transact(() => {
        throw permanent();
      }),
      log.append(newRecord('b')),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  test('that makes the storage give up the commit takes everything in it along', async () => {
    const { log, storage } = createLog();
    const results = await Promise.allSettled([
      log.append(newRecord('a')),
      log.transact(() => {
        storage.rollback();
        throw permanent();
      }),
      log.append(newRecord('b')),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(await log.head()).toBe(0);
  });
});

describe('a follower', () => {
  test('that throws is dropped, everyone else goes on, and the fault surfaces', async () => {
    const faults: unknown[] = [];
    const clock: Clock = {
      ...systemClock,
      soon: (callback) =>
        systemClock.soon(() => {
          try {
            callback();
          } catch (error) {
            faults.push(error);
          }
        }),
    };
    const { log } = createLog({ clock });
    const other = new Recorder();
    const nothing = (): void => undefined;
    const fold = (): never => {
      throw permanent();
    };
    log.follow({ fold, durable: nothing, retracted: nothing }, 0);
    log.follow(other, 0);
    await log.append(newRecord('a'));
    await log.append(newRecord('b'));
    expect(other.types).toEqual(['a', 'b']);
    expect(faults).toEqual([permanent()]);
  });

  test('whose reading fails hears of nothing until it succeeds, and the operator is told', async () => {
    const { log, storage, reported } = createLog();
    await log.append(newRecord('a'));
    const readAfter = storage.readAfter.bind(storage);
    let failures = 2;
    storage.readAfter = (after, limit) => {
      failures -= 1;
      if (failures >= 0) throw permanent();
      return readAfter(after, limit);
    };
    const follower = new Recorder();
    log.follow(follower, 0);
    await follower.sees(1);
    expect(follower.types).toEqual(['a']);
    expect(reported).toEqual([permanent(), permanent()]);
  });

  test('cannot begin once the log is closed', async () => {
    const { log } = createLog();
    await log.close();
    expect(() => log.follow(new Recorder(), 0)).toThrow('closed');
    await expect(log.head()).rejects.toMatchObject({ code: 'STORAGE_CLOSED' });
  });
});
