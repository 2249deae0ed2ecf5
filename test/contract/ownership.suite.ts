import { describe, expect, test } from 'vitest';
import type { Adapter } from './adapters.ts';

/** What every ownership promises. */
export function ownershipSuite({ name, create }: Adapter): void {
  describe(`ownership on ${name}`, () => {
    test('a process is somebody of its own', async () => {
      const folder = create();
      const [here, there] = [await folder.open(), await folder.open()];
      expect(here.ownership.self.process).toMatch(/^[A-Za-z0-9_-]{1,64}$/);
      expect(here.ownership.self.process).not.toBe(there.ownership.self.process);
      expect(here.ownership.self.pid).toBe(process.pid);
    });

    test('what nobody owns can be taken, and taking it again changes nothing', async () => {
      const { ownership } = await create().open();
      expect(await ownership.ownerOf('one')).toBeUndefined();
      expect(await ownership.take('one')).toEqual({ taken: true });
      expect(await ownership.take('one')).toEqual({ taken: true });
      expect(await ownership.ownerOf('one')).toEqual(ownership.self);
    });

    test('what a living process owns cannot be taken, and the answer says who it is', async () => {
      const folder = create();
      const [here, there] = [await folder.open(), await folder.open()];
      await here.ownership.take('one');
      expect(await there.ownership.take('one')).toEqual({ taken: false, by: here.ownership.self });
      expect(await there.ownership.ownerOf('one')).toEqual(here.ownership.self);
    });

    test('of two who take at once, one gets it', async () => {
      const folder = create();
      const stores = [await folder.open(), await folder.open()];
      const answers = await Promise.all(stores.map(({ ownership }) => ownership.take('one')));
      expect(answers.filter(({ taken }) => taken)).toHaveLength(1);
    });

    test('what is released has no owner and is an orphan that others may take', async () => {
      const folder = create();
      const [here, there] = [await folder.open(), await folder.open()];
      await here.ownership.take('one');
      await here.ownership.release('one');
      expect(await there.ownership.ownerOf('one')).toBeUndefined();
      expect(await there.ownership.orphans()).toEqual(['one']);
      expect(await there.ownership.take('one')).toEqual({ taken: true });
    });

    test('releasing what another owns changes nothing', async () => {
      const folder = create();
      const [here, there] = [await folder.open(), await folder.open()];
      await here.ownership.take('one');
      await there.ownership.release('one');
      await there.ownership.release('unknown');
      expect(await there.ownership.ownerOf('one')).toEqual(here.ownership.self);
      expect(await there.ownership.orphans()).toEqual([]);
    });

    test('what a process owned when it went are orphans, until somebody takes them', async () => {
      const folder = create();
      const [gone, adopter] = [await folder.open(), await folder.open()];
      for (const execution of ['b', 'a', 'c']) await gone.ownership.take(execution);
      await adopter.ownership.take('mine');
      expect(await adopter.ownership.orphans()).toEqual([]);
      await gone.close();
      expect(await adopter.ownership.ownerOf('a')).toBeUndefined();
      expect(await adopter.ownership.orphans()).toEqual(['a', 'b', 'c']);
      expect(await adopter.ownership.take('b')).toEqual({ taken: true });
      expect(await adopter.ownership.orphans()).toEqual(['a', 'c']);
    });

    test('what is marked ended is no orphan, until it is marked live again', async () => {
      const folder = create();
      const [gone, adopter] = [await folder.open(), await folder.open()];
      await gone.ownership.take('one');
      await gone.ownership.markEnded('one');
      await gone.close();
      expect(await adopter.ownership.orphans()).toEqual([]);
      await adopter.ownership.markLive('one');
      expect(await adopter.ownership.orphans()).toEqual(['one']);
    });

    test('what is marked ended is free for others although its owner lives on', async () => {
      const folder = create();
      const [first, second] = [await folder.open(), await folder.open()];
      await first.ownership.take('one');
      await first.ownership.markEnded('one');
      expect(await second.ownership.ownerOf('one')).toBeUndefined();
      expect(await second.ownership.take('one')).toEqual({ taken: true });
      await first.ownership.markEnded('one');
      expect((await first.ownership.ownerOf('one'))?.process).toBe(second.ownership.self.process);
    });

    test('marking what nobody ever took is fine: ended is nothing to adopt, live is', async () => {
      const { ownership } = await create().open();
      await ownership.markEnded('ended');
      await ownership.markLive('live');
      expect(await ownership.orphans()).toEqual(['live']);
    });

    test('an execution can be taken in the turn in which its first record is appended', async () => {
      const { ownership, log } = await create().open();
      const [taken, record] = await Promise.all([
        ownership.take('one'),
        log.append({ id: 'r1', execution: 'one', source: 'engine', type: 'execution.started', data: {} }),
      ]);
      expect(taken).toEqual({ taken: true });
      expect(record.position).toBe(1);
    });
  });
}
