import { describe, expect, test } from 'vitest';
import type { PartitionSnapshots, StoredPartition } from '../../src/ports/partition-snapshots.ts';

/** A store of partitions' states as the suite sees it. */
export interface PartitionSnapshotsAdapter {
  readonly name: string;
  /** A new, empty store. Each `open` is one more process that uses it. */
  readonly create: () => { readonly open: () => Promise<PartitionSnapshots> };
}

/** What every store of partitions' states promises. */
export function partitionSnapshotsSuite({ name, create }: PartitionSnapshotsAdapter): void {
  describe(`snapshots of partitions on ${name}`, () => {
    test('a partition without a snapshot has none', async () => {
      const snapshots = await create().open();
      expect(await snapshots.latest(0)).toBeUndefined();
    });

    test('what one process keeps, the next one finds, whole', async () => {
      const store = create();
      const [here, there] = [await store.open(), await store.open()];
      const kept = snapshotOf(3, 70, '{"größe":"🎭"}');
      await here.put(kept);
      expect(await there.latest(3)).toEqual(kept);
      expect(await there.latest(4)).toBeUndefined();
    });

    test('a large state comes back as it was', async () => {
      const snapshots = await create().open();
      const body = JSON.stringify(Array.from({ length: 300_000 }, (_, index) => `step-${index}`));
      await snapshots.put(snapshotOf(0, 9, body));
      expect((await snapshots.latest(0))?.body === body).toBe(true);
    });

    test('the next one replaces it, also a shorter one and an empty one', async () => {
      const store = create();
      const [here, there] = [await store.open(), await store.open()];
      for (const body of ['a long state', 'short', '']) {
        await here.put(snapshotOf(0, body.length + 1, body));
        expect(await there.latest(0)).toEqual(snapshotOf(0, body.length + 1, body));
      }
    });

    test('of two at once one is there afterwards, as it was put', async () => {
      const store = create();
      const [here, there] = [await store.open(), await store.open()];
      const [one, other] = [snapshotOf(0, 5, 'one'), snapshotOf(0, 6, 'other')];
      await Promise.all([here.put(one), there.put(other)]);
      expect([one, other]).toContainEqual(await here.latest(0));
    });
  });
}

export function snapshotOf(partition: number, position: number, body: string): StoredPartition {
  return { partition, position, mark: { position: position - 1, record: `record-${position}` }, body };
}
