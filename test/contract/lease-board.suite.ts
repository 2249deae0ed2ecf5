import { describe, expect, onTestFinished, test } from 'vitest';
import type { LeaseBoard, LeaseEntry, LeaseKey } from '../../src/ports/lease-board.ts';

/** A board as the suite sees it. */
export interface BoardAdapter {
  readonly name: string;
  /** A new, empty board. Each `join` is one more process in front of it. */
  readonly create: () => { readonly join: () => Promise<LeaseBoard> };
}

/** What every board of leases promises. */
export function leaseBoardSuite({ name, create }: BoardAdapter): void {
  describe(`the board of leases on ${name}`, () => {
    test('what one process puts on it, all of them read', async () => {
      const board = create();
      const [here, there] = [await board.join(), await board.join()];
      await here.put('member.p1', entryOf('p1', 1));
      await here.put('partition.3', entryOf('p1', 2));
      expect(await there.get('member.p1')).toEqual(entryOf('p1', 1));
      expect(await there.get('partition.3')).toEqual(entryOf('p1', 2));
      expect(await there.get('partition.4')).toBeUndefined();
    });

    test('the last one to put wins, and a release is told apart', async () => {
      const board = create();
      const [here, there] = [await board.join(), await board.join()];
      await here.put('partition.0', entryOf('p1', 1));
      await there.put('partition.0', entryOf('p2', 1));
      expect(await here.get('partition.0')).toEqual(entryOf('p2', 1));
      await there.put('partition.0', { ...entryOf('p2', 2), isReleased: true });
      expect((await here.get('partition.0'))?.isReleased).toBe(true);
    });

    test('what was removed is gone; removing what is not there is no error', async () => {
      const board = await create().join();
      await board.put('member.p1', entryOf('p1', 1));
      await board.remove('member.p1');
      await board.remove('partition.7');
      expect(await board.get('member.p1')).toBeUndefined();
    });

    test('a watcher knows the present state as soon as it watches', async () => {
      const board = create();
      const [here, there] = [await board.join(), await board.join()];
      await here.put('member.p1', entryOf('p1', 1));
      await here.put('partition.0', entryOf('p1', 1));
      await here.put('member.gone', entryOf('gone', 1));
      await here.remove('member.gone');
      const { heard } = await watching(there);
      expect(heard.get('member.gone')).toBeUndefined();
      heard.delete('member.gone');
      expect(Object.fromEntries(heard)).toEqual({
        'member.p1': entryOf('p1', 1),
        'partition.0': entryOf('p1', 1),
      });
    });

    test('a watcher hears what changes, of other processes too, and never goes back to what was before', async () => {
      const board = create();
      const [here, there] = [await board.join(), await board.join()];
      const { beats, until } = await watching(there);
      for (const beat of [1, 2, 3, 4, 5]) await here.put('member.p1', entryOf('p1', beat));
      await here.put('partition.2', entryOf('p1', 6));
      await here.remove('partition.2');
      await there.put('member.p2', entryOf('p2', 7));
      await until(
        (heard) =>
          heard.get('member.p1')?.beat === 5 &&
          heard.get('member.p2')?.beat === 7 &&
          heard.has('partition.2') &&
          heard.get('partition.2') === undefined,
      );
      // A board may leave out what was replaced before it could be told.
      expect(beats('member.p1')).toEqual([...new Set(beats('member.p1'))].sort());
      expect(beats('partition.2').slice(0, -1)).toEqual(beats('partition.2').length === 1 ? [] : [6]);
    });

    test('a watcher that stopped hears nothing any more, others go on', async () => {
      const board = await create().join();
      const [first, second] = [await watching(board), await watching(board)];
      await first.stop();
      await first.stop();
      await board.put('member.p1', entryOf('p1', 1));
      await second.until((heard) => heard.has('member.p1'));
      expect(first.heard.size).toBe(0);
    });
  });
}

export function entryOf(process: string, beat: number): LeaseEntry {
  return { holder: { process, pid: 7, hostname: 'somewhere', startedAt: 1 }, beat };
}

/** A watcher that remembers. Stops with the test. */
export async function watching(board: LeaseBoard): Promise<{
  /** What is on the board, as far as it was heard; a removed key has the value undefined. */
  readonly heard: Map<LeaseKey, LeaseEntry | undefined>;
  /** All that was heard of a key, by beat. */
  readonly beats: (key: LeaseKey) => readonly (number | undefined)[];
  readonly until: (
    isDone: (heard: ReadonlyMap<LeaseKey, LeaseEntry | undefined>) => boolean,
  ) => Promise<void>;
  readonly stop: () => Promise<void>;
}> {
  const heard = new Map<LeaseKey, LeaseEntry | undefined>();
  const all: [LeaseKey, number | undefined][] = [];
  const waiting = new Set<() => void>();
  const subscription = await board.watch((key, entry) => {
    heard.set(key, entry);
    all.push([key, entry?.beat]);
    for (const look of waiting) look();
  });
  onTestFinished(() => subscription.stop());
  return {
    heard,
    beats: (wanted) => all.filter(([key]) => key === wanted).map(([, beat]) => beat),
    until: (isDone) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!isDone(heard)) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
    stop: () => subscription.stop(),
  };
}
