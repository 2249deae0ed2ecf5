import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shrink } from '../../src/simulation/shrink.ts';

const has = (list: readonly number[], wanted: readonly number[]): boolean =>
  wanted.every((one) => list.includes(one));
const upTo = (count: number): number[] => Array.from({ length: count }, (_, at) => at);

describe('shrink', () => {
  it('finds the items that must be together', async () => {
    const { items, isMinimal } = await shrink(upTo(64), async (list) => has(list, [3, 40]));
    expect(items).toEqual([3, 40]);
    expect(isMinimal).toBe(true);
  });

  it('finds a single culprit in few questions', async () => {
    const { items, asked } = await shrink(upTo(256), async (list) => list.includes(77));
    expect(items).toEqual([77]);
    expect(asked).toBeLessThan(40);
  });

  it('gives nothing when nothing is needed', async () => {
    expect(await shrink(upTo(5), async () => true)).toMatchObject({ items: [], isMinimal: true });
    expect(await shrink([], async () => true)).toMatchObject({ items: [], asked: 0 });
  });

  it('stops at the limit with the shortest so far', async () => {
    const { items, isMinimal, asked } = await shrink(upTo(64), async (list) => has(list, [3, 40]), 5);
    expect(asked).toBe(5);
    expect(isMinimal).toBe(false);
    expect(has(items, [3, 40])).toBe(true);
  });

  it('never asks the same question twice', async () => {
    const questions: string[] = [];
    await shrink(upTo(24), async (list) => {
      questions.push(list.join(' '));
      return has(list, [0, 5, 6, 23]);
    });
    expect(new Set(questions).size).toBe(questions.length);
  });

  it('gives a list that fails, in order, of which nothing can be left out, whatever makes it fail', async () => {
    await fc.assert(
      fc.asyncProperty(
        // Any of these sets makes it fail: several causes, as in real life; more than one minimum.
        fc.array(fc.uniqueArray(fc.nat(19), { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 4 }),
        // Not monotonous either: an item that hides the failure.
        fc.option(fc.nat(19), { nil: undefined }),
        async (causes, hides) => {
          const fails = (list: readonly number[]): boolean =>
            causes.some((cause) => has(list, cause)) &&
            (hides === undefined || list.length === 20 || !list.includes(hides));
          const { items, isMinimal } = await shrink(upTo(20), async (list) => fails(list));
          expect(isMinimal).toBe(true);
          expect(fails(items)).toBe(true);
          expect(items).toEqual(items.toSorted((a, b) => a - b));
          for (const left of items) expect(fails(items.filter((item) => item !== left))).toBe(false);
        },
      ),
    );
  });
});
