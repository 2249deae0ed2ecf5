import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { movesFor } from '../../src/orchestrator/spread.ts';

/** Everybody moves at once by the same view, as often as it takes. */
function settle(
  members: readonly string[],
  holders: readonly (string | undefined)[],
): { readonly holders: readonly (string | undefined)[]; readonly moved: number } {
  let now = [...holders];
  let moved = 0;
  for (let round = 0; round < 2 * holders.length + 2; round += 1) {
    const next = [...now];
    for (const self of members) {
      const { take, release } = movesFor({ self, members, holders: now });
      for (const partition of release) next[partition] = undefined;
      for (const partition of take) next[partition] = self;
      moved += take.length;
    }
    if (next.every((holder, partition) => holder === now[partition])) return { holders: now, moved };
    now = next;
  }
  throw new Error('never settles');
}

const membersOf = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,3}$/), { minLength: 1, maxLength: 9 });

describe('the spread of partitions', () => {
  test('one alone takes all', () => {
    expect(movesFor({ self: 'a', members: ['a'], holders: [undefined, undefined, undefined] })).toEqual({
      take: [0, 1, 2],
      release: [],
    });
  });

  test('who comes second is given half, and only half moves', () => {
    const { holders, moved } = settle(['a', 'b'], Array(8).fill('a'));
    expect(holders.filter((holder) => holder === 'b')).toHaveLength(4);
    expect(moved).toBe(4);
  });

  test('what a dead one held is shared by the living without taking from each other', () => {
    const { holders, moved } = settle(['a', 'b'], ['a', 'a', 'b', 'b', undefined, undefined]);
    expect(holders.slice(0, 4)).toEqual(['a', 'a', 'b', 'b']);
    expect(moved).toBe(2);
  });

  test('two who see the same never take the same partition', () => {
    fc.assert(
      fc.property(membersOf, fc.array(fc.option(fc.nat(8), { nil: undefined })), (members, held) => {
        const holders = held.map((index) =>
          index === undefined ? undefined : members[index % members.length],
        );
        const taken = members.flatMap((self) => movesFor({ self, members, holders }).take);
        expect(new Set(taken).size).toBe(taken.length);
      }),
    );
  });

  test('from anywhere it comes to rest, with every partition held and nobody holding two more than another', () => {
    fc.assert(
      fc.property(
        membersOf,
        fc.array(fc.option(fc.nat(8), { nil: undefined }), { maxLength: 16 }),
        (members, held) => {
          const start = held.map((index) =>
            index === undefined ? undefined : members[index % members.length],
          );
          const { holders } = settle(members, start);
          expect(holders).not.toContain(undefined);
          const counts = members.map((member) => holders.filter((holder) => holder === member).length);
          expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
        },
      ),
    );
  });
});
