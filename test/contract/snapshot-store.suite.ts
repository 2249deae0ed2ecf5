import { describe, expect, test } from 'vitest';
import type { Adapter } from './adapters.ts';

/** What every snapshot store promises. */
export function snapshotStoreSuite({ name, create }: Adapter<'snapshots' | 'close'>): void {
  describe(`snapshots on ${name}`, () => {
    test('an execution without a snapshot has none', async () => {
      const { snapshots } = await create().open();
      expect(await snapshots.latest('one')).toBeUndefined();
    });

    test('what was put is there for every process, and after a restart', async () => {
      const folder = create();
      const store = await folder.open();
      const snapshot = { execution: 'one', position: 7, body: '{"größe":"🎭"}' };
      await store.snapshots.put(snapshot);
      expect(await (await folder.open()).snapshots.latest('one')).toEqual(snapshot);
      await store.close();
      expect(await (await folder.open()).snapshots.latest('one')).toEqual(snapshot);
    });

    test('a later position replaces an earlier one, and never the other way round', async () => {
      const { snapshots } = await create().open();
      for (const position of [3, 9, 5])
        await snapshots.put({ execution: 'one', position, body: `at ${position}` });
      expect(await snapshots.latest('one')).toEqual({ execution: 'one', position: 9, body: 'at 9' });
    });

    test('the same position again replaces the body', async () => {
      const { snapshots } = await create().open();
      await snapshots.put({ execution: 'one', position: 3, body: 'old' });
      await snapshots.put({ execution: 'one', position: 3, body: 'new' });
      expect((await snapshots.latest('one'))?.body).toBe('new');
    });

    test('a removed snapshot is gone, others stay', async () => {
      const { snapshots } = await create().open();
      await snapshots.put({ execution: 'one', position: 1, body: 'a' });
      await snapshots.put({ execution: 'two', position: 2, body: 'b' });
      await snapshots.remove('one');
      await snapshots.remove('never-there');
      expect(await snapshots.latest('one')).toBeUndefined();
      expect((await snapshots.latest('two'))?.body).toBe('b');
    });

    test('a thousand at once are all kept', async () => {
      const { snapshots } = await create().open();
      const ids = Array.from({ length: 1_000 }, (_, index) => `e${index}`);
      await Promise.all(
        ids.map((execution, position) => snapshots.put({ execution, position, body: execution })),
      );
      const kept = await Promise.all(ids.map((execution) => snapshots.latest(execution)));
      expect(kept.map((snapshot) => snapshot?.body)).toEqual(ids);
    });
  });
}
