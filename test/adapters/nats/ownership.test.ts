import { expect, test } from 'vitest';
import { MemoryLeaseBoard } from '../../../src/adapters/memory/lease-board.ts';
import { NatsOwnership } from '../../../src/adapters/nats/ownership.ts';
import type { OwnerInfo } from '../../../src/ports/ownership.ts';

const holder: OwnerInfo = { process: 'p1', pid: 7, hostname: 'there', startedAt: 1 };
const self: OwnerInfo = { process: 'me', pid: 8, hostname: 'here', startedAt: 2 };

function viewed(): { readonly leases: MemoryLeaseBoard; readonly ownership: NatsOwnership } {
  const leases = new MemoryLeaseBoard();
  return {
    leases,
    ownership: new NatsOwnership({ self, leases, partitionOf: (execution) => execution.length }),
  };
}

test('an execution is driven by who holds its partition and is there', async () => {
  const { leases, ownership } = viewed();
  await leases.put('member.p1', { holder, beat: 1 });
  await leases.put('partition.3', { holder, beat: 1 });
  expect(await ownership.ownerOf('one')).toEqual(holder);
  expect(await ownership.ownerOf('three')).toBeUndefined();
  expect(await ownership.take('one')).toEqual({ taken: false, by: holder });
});

test.each([
  ['nobody holds its partition', async () => undefined],
  [
    'its partition was let go of',
    async (leases: MemoryLeaseBoard) => {
      await leases.put('member.p1', { holder, beat: 1 });
      await leases.put('partition.3', { holder, beat: 2, isReleased: true });
    },
  ],
  [
    'the holder of its partition is gone',
    async (leases: MemoryLeaseBoard) => {
      await leases.put('partition.3', { holder, beat: 1 });
    },
  ],
])('nobody drives an execution when %s', async (_, prepare) => {
  const { leases, ownership } = viewed();
  await prepare(leases);
  expect(await ownership.ownerOf('one')).toBeUndefined();
  await expect(ownership.take('one')).rejects.toMatchObject({ code: 'NATS_UNDRIVEN' });
  expect(await ownership.orphans()).toEqual([]);
});

test('who lists many executions asks once for each partition, and again the next time', async () => {
  const { leases, ownership } = viewed();
  let asked = 0;
  const get = leases.get.bind(leases);
  leases.get = (key) => {
    asked += 1;
    return get(key);
  };
  await Promise.all(['one', 'two', 'six'].map((execution) => ownership.ownerOf(execution)));
  expect(asked).toBe(1);
  await leases.put('member.p1', { holder, beat: 1 });
  await leases.put('partition.3', { holder, beat: 1 });
  expect(await ownership.ownerOf('two')).toEqual(holder);
});
