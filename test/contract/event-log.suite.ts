import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/adapters/system/clock.ts';
import type { Json } from '../../src/json.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { EventLog, LogRecord } from '../../src/ports/event-log.ts';
import type { Adapter } from './adapters.ts';
import { newRecord, Recorder } from './recorder.ts';

/** What every log promises; see src/ports/event-log.ts. */
export function eventLogSuite(adapter: Adapter<'log' | 'close'>): void {
  const { name, create, isStampedByServer = false, takesTokensOnly = false, commitsAlone = false } = adapter;
  const openLog = async (clock?: Clock): Promise<EventLog> =>
    (await create().open(clock ? { clock } : {})).log;

  describe(`the log on ${name}`, () => {
    test('an empty log has its head at 0 and nothing to read', async () => {
      const log = await openLog();
      expect(await log.head()).toBe(0);
      expect(await log.read('one')).toEqual([]);
      expect(await log.executions()).toEqual([]);
    });

    test('an append resolves with what was written, its position and its time', async () => {
      const log = await openLog(clockAt(5_000));
      const record = newRecord('step.offered', { source: 'agent.chair', data: { a: [1, null, 'x'] } });
      const at = isStampedByServer ? expect.any(Number) : 5_000;
      expect(await log.append(record)).toEqual({ ...record, position: 1, at });
    });

    test('a record can be read once its append has resolved', async () => {
      const log = await openLog();
      const written = await log.append(newRecord('a'));
      expect(await log.read('one')).toEqual([written]);
      expect(await log.head()).toBe(written.position);
    });

    test('the order of calls is the order in the log, across executions', async () => {
      const log = await openLog();
      const written = await Promise.all(
        ['a', 'b', 'c', 'd'].map((type, index) =>
          log.append(newRecord(type, { execution: index % 2 === 0 ? 'even' : 'odd' })),
        ),
      );
      expect(written.map(({ position }) => position)).toEqual([1, 2, 3, 4]);
      expect((await log.read('even')).map(({ type }) => type)).toEqual(['a', 'c']);
      expect((await log.read('odd')).map(({ type }) => type)).toEqual(['b', 'd']);
    });

    test('time never goes back, even when the clock does', async ({ skip }) => {
      skip(isStampedByServer, 'the server stamps, and tests cannot turn its clock');
      const times = [1_000, 3_000, 2_000, 500, 4_000];
      const log = await openLog({ ...systemClock, now: () => times.shift() ?? 0 });
      const stamps: number[] = [];
      for (const type of ['a', 'b', 'c', 'd', 'e', 'f']) stamps.push((await log.append(newRecord(type))).at);
      expect(stamps).toEqual([...stamps].sort((one, other) => one - other));
      expect(stamps[0]).toBeGreaterThan(0);
    });

    test('time never goes back across processes whose clocks differ', async ({ skip }) => {
      skip(isStampedByServer, 'all processes have the time of the server');
      const folder = create();
      const ahead = await folder.open({ clock: clockAt(9_000) });
      const behind = await folder.open({ clock: clockAt(1_000) });
      await ahead.log.append(newRecord('a'));
      expect((await behind.log.append(newRecord('b'))).at).toBe(9_000);
    });

    test('the same record appended twice is in the log twice, under one id', async () => {
      const log = await openLog();
      const record = newRecord('a');
      await Promise.all([log.append(record), log.append(record)]);
      expect((await log.read('one')).map(({ id }) => id)).toEqual([record.id, record.id]);
    });

    test('what is changed after the call does not reach the log', async () => {
      const log = await openLog();
      const data = { amount: 1 };
      const appended = log.append(newRecord('a', { data }));
      data.amount = 2;
      await appended;
      expect((await log.read('one'))[0]?.data).toEqual({ amount: 1 });
    });

    test('data that is no JSON rejects alone', async () => {
      const log = await openLog();
      const ring: { self?: unknown } = {};
      ring.self = ring;
      const results = await Promise.allSettled([
        log.append(newRecord('before')),
        log.append(newRecord('ring', { data: ring as Json })),
        log.append(newRecord('after')),
      ]);
      expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
      expect((await log.read('one')).map(({ type }) => type)).toEqual(['before', 'after']);
    });

    test('a read is bounded by position and count', async () => {
      const log = await openLog();
      for (const type of ['a', 'b', 'c', 'd', 'e']) await log.append(newRecord(type));
      await log.append(newRecord('other', { execution: 'two' }));
      const typesOf = async (options: Parameters<EventLog['read']>[1]) =>
        (await log.read('one', options)).map(({ type }) => type);
      expect(await typesOf({ after: 2 })).toEqual(['c', 'd', 'e']);
      expect(await typesOf({ upTo: 2 })).toEqual(['a', 'b']);
      expect(await typesOf({ after: 1, upTo: 4, limit: 2 })).toEqual(['b', 'c']);
      expect(await typesOf({ limit: 0 })).toEqual([]);
      expect(await typesOf({ after: 99 })).toEqual([]);
    });

    test('executions come in the order of their last records', async () => {
      const log = await openLog();
      for (const execution of ['x', 'y', 'x', 'z', 'y']) await log.append(newRecord('a', { execution }));
      expect(await log.executions()).toEqual([
        { execution: 'x', last: 3 },
        { execution: 'z', last: 4 },
        { execution: 'y', last: 5 },
      ]);
      expect(await log.executions(3)).toEqual([
        { execution: 'z', last: 4 },
        { execution: 'y', last: 5 },
      ]);
    });

    test('a record of a megabyte comes back whole', async () => {
      const log = await openLog();
      const text = 'größe 🎭 '.repeat(120_000);
      await log.append(newRecord('a', { data: { text } }));
      expect((await log.read('one'))[0]?.data).toEqual({ text });
    });

    test('any text and any JSON comes back as it was', async () => {
      const log = await openLog();
      const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 4 });
      const execution = takesTokensOnly ? fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/) : text;
      await fc.assert(
        fc.asyncProperty(execution, text, text, fc.jsonValue(), async (execution, id, type, data) => {
          const written = await log.append({ id, execution, source: 'control', type, data: data as Json });
          const read = (await log.read(execution, { after: written.position - 1 }))[0];
          expect(read).toEqual({ ...written, data: JSON.parse(JSON.stringify(data)) });
        }),
        {
          numRuns: 100,
          examples: [
            [
              takesTokensOnly ? '__proto__' : "'; DROP TABLE records; --",
              '\u0000',
              '__proto__',
              { ['__proto__']: 1 },
            ],
          ],
        },
      );
    });

    test('many appends at once are all there, each author in its own order', async () => {
      const log = await openLog();
      await Promise.all(
        Array.from({ length: 50 }, async (_, author) => {
          for (let index = 0; index < 20; index += 1) {
            await log.append(newRecord('a', { execution: `author-${author}`, data: { index } }));
          }
        }),
      );
      for (let author = 0; author < 50; author += 1) {
        const indexes = (await log.read(`author-${author}`)).map(({ data }) => data);
        expect(indexes).toEqual(Array.from({ length: 20 }, (_, index) => ({ index })));
      }
      expect(await log.head()).toBe(1_000);
    });

    test('more appends at once than one commit takes are all there, in order', async () => {
      const log = await openLog();
      const written = await Promise.all(
        Array.from({ length: 9_000 }, (_, index) => log.append(newRecord('a', { data: index }))),
      );
      expect(written.map(({ data }) => data)).toEqual(written.map((_, index) => index));
      expect((await log.read('one')).map(({ data }) => data)).toEqual(written.map(({ data }) => data));
    });

    describe('following', () => {
      test('a follower is given what is there, then what comes', async () => {
        const log = await openLog();
        await log.append(newRecord('a'));
        const follower = new Recorder();
        log.follow(follower, 0);
        await follower.sees(1);
        await log.append(newRecord('b'));
        await follower.sees(2);
        expect(follower.types).toEqual(['a', 'b']);
        expect(follower.records).toEqual(await log.read('one'));
      });

      test('a follower starts after the position that it names', async () => {
        const log = await openLog();
        for (const type of ['a', 'b', 'c']) await log.append(newRecord(type));
        const follower = new Recorder();
        log.follow(follower, 2);
        await follower.sees(1);
        expect(follower.types).toEqual(['c']);
      });

      test('a follower that names a position not reached yet is given only what comes after it', async () => {
        const log = await openLog();
        const follower = new Recorder();
        log.follow(follower, 2);
        for (const type of ['a', 'b', 'c', 'd']) await log.append(newRecord(type));
        await follower.sees(2);
        expect(follower.types).toEqual(['c', 'd']);
      });

      test('a record is folded, then durable, and only then has its append resolved', async () => {
        const log = await openLog();
        const follower = new Recorder();
        log.follow(follower, 0);
        await log.append(newRecord('a'));
        expect(follower.calls).toEqual(['fold 1-1', 'durable 1']);
      });

      test('what a follower appends while folding joins the same commit', async ({ skip }) => {
        skip(commitsAlone, 'every append is a commit of its own');
        const log = await openLog();
        const appended: Promise<LogRecord>[] = [];
        const follower = new Recorder((records) => {
          for (const { type } of records) {
            if (type.length < 3) appended.push(log.append(newRecord(`${type}+`)));
          }
        });
        log.follow(follower, 0);
        await log.append(newRecord('a'));
        expect(follower.calls).toEqual(['fold 1-1', 'fold 2-2', 'fold 3-3', 'durable 3']);
        expect((await Promise.all(appended)).map(({ type }) => type)).toEqual(['a+', 'a++']);
      });

      test('two followers are each given everything, from where they began', async () => {
        const log = await openLog();
        await log.append(newRecord('a'));
        const early = new Recorder();
        const late = new Recorder();
        log.follow(early, 0);
        log.follow(late, 1);
        await log.append(newRecord('b'));
        await Promise.all([early.sees(2), late.sees(1)]);
        expect(early.types).toEqual(['a', 'b']);
        expect(late.types).toEqual(['b']);
      });

      test('a long history reaches a follower in order while others append', async () => {
        const log = await openLog();
        const before = Array.from({ length: 5_000 }, (_, index) =>
          log.append(newRecord('a', { data: index })),
        );
        await Promise.all(before);
        const follower = new Recorder();
        log.follow(follower, 0);
        await Promise.all(
          Array.from({ length: 500 }, (_, index) => log.append(newRecord('a', { data: 5_000 + index }))),
        );
        await follower.sees(5_500);
        expect(follower.records.map(({ data }) => data)).toEqual(
          Array.from({ length: 5_500 }, (_, index) => index),
        );
      });

      test('a follower that reads while it folds sees only what is durable', async () => {
        const log = await openLog();
        const seen: Promise<readonly LogRecord[]>[] = [];
        const heads: number[] = [];
        log.follow(
          new Recorder(() => {
            seen.push(log.read('one'));
          }),
          0,
        );
        const written = await log.append(newRecord('a'));
        heads.push(await log.head());
        expect(await seen[0]).toEqual([written]);
        expect(heads).toEqual([1]);
      });

      test('nothing is delivered after stop, which may be called twice', async () => {
        const log = await openLog();
        const follower = new Recorder();
        const subscription = log.follow(follower, 0);
        await log.append(newRecord('a'));
        await subscription.stop();
        await subscription.stop();
        await log.append(newRecord('b'));
        expect(follower.types).toEqual(['a']);
      });

      test('a follower sees what another process appends', async () => {
        const folder = create();
        const [here, there] = [await folder.open(), await folder.open()];
        const follower = new Recorder();
        here.log.follow(follower, 0);
        await there.log.append(newRecord('from-there'));
        await follower.sees(1);
        await here.log.append(newRecord('from-here'));
        await there.log.append(newRecord('from-there-again'));
        await follower.sees(3);
        expect(follower.types).toEqual(['from-there', 'from-here', 'from-there-again']);
      });

      test('what another process appended first is folded first', async () => {
        const folder = create();
        const [here, there] = [await folder.open(), await folder.open()];
        const follower = new Recorder();
        here.log.follow(follower, 0);
        await here.log.append(newRecord('a'));
        await there.log.append(newRecord('b'));
        await here.log.append(newRecord('c'));
        await follower.sees(3);
        expect(follower.types).toEqual(['a', 'b', 'c']);
      });

      test('followers in two processes see one order', async () => {
        const folder = create();
        const stores = [await folder.open(), await folder.open()];
        const followers = stores.map(({ log }) => {
          const follower = new Recorder();
          log.follow(follower, 0);
          return follower;
        });
        await Promise.all(
          stores.map(async ({ log }, author) => {
            for (let index = 0; index < 100; index += 1) {
              await log.append(newRecord('a', { execution: `author-${author}`, data: index }));
            }
          }),
        );
        await Promise.all(followers.map((follower) => follower.sees(200)));
        expect(followers[0]?.records).toEqual(followers[1]?.records);
        expect(followers[0]?.records.map(({ position }) => position)).toEqual(
          Array.from({ length: 200 }, (_, index) => index + 1),
        );
      });
    });

    test('closing waits for appends under way, and refuses later ones', async () => {
      const folder = create();
      const store = await folder.open();
      const appended = store.log.append(newRecord('a'));
      await store.close();
      await store.close();
      expect((await appended).position).toBe(1);
      await expect(store.log.append(newRecord('b'))).rejects.toMatchObject({ code: 'STORAGE_CLOSED' });
      expect((await (await folder.open()).log.read('one')).map(({ type }) => type)).toEqual(['a']);
    });
  });
}

function clockAt(now: number): Clock {
  return { ...systemClock, now: () => now };
}
