import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../../src/adapters/memory/virtual-clock.ts';
import type { Adapter } from './adapters.ts';

/** What every cache of answers promises. */
export function responseCacheSuite({ name, create }: Adapter<'responses' | 'close'>): void {
  describe(`answers kept for later on ${name}`, () => {
    test('what nobody put is not there', async () => {
      const { responses } = await create().open();
      expect(await responses.get('question')).toBeUndefined();
    });

    test('any value comes back under any key, for every process', async () => {
      const folder = create();
      const [here, there] = [await folder.open(), await folder.open()];
      await fc.assert(
        fc.asyncProperty(
          fc.string({ unit: 'grapheme', maxLength: 200 }),
          fc.jsonValue(),
          async (key, value) => {
            const json = JSON.parse(JSON.stringify(value));
            await here.responses.put(key, json, 60_000);
            expect(await there.responses.get(key)).toEqual(json);
          },
        ),
        { numRuns: 30, examples: [['', JSON.parse('{"":{"__proto__":false}}')]] },
      );
    });

    test('it is still there after a restart', async () => {
      const folder = create();
      const store = await folder.open();
      await store.responses.put('question', { answer: 42 }, 60_000);
      await store.close();
      expect(await (await folder.open()).responses.get('question')).toEqual({ answer: 42 });
    });

    test('it holds as long as it was to, and not a millisecond longer', async () => {
      const clock = new VirtualClock();
      const { responses } = await create().open({ clock });
      await responses.put('question', 'answer', 1_000);
      await clock.advance(999);
      expect(await responses.get('question')).toBe('answer');
      await clock.advance(1);
      expect(await responses.get('question')).toBeUndefined();
      await responses.put('question', 'newer', 1_000);
      expect(await responses.get('question')).toBe('newer');
    });

    test('a later answer replaces an earlier one and its end', async () => {
      const clock = new VirtualClock();
      const { responses } = await create().open({ clock });
      await responses.put('question', 'earlier', 5_000);
      await responses.put('question', 'later', 10);
      expect(await responses.get('question')).toBe('later');
      await clock.advance(10);
      expect(await responses.get('question')).toBeUndefined();
    });

    test('what the caller changes later does not change what is kept', async () => {
      const { responses } = await create().open();
      const value = { list: [1] };
      await responses.put('question', value, 60_000);
      value.list.push(2);
      expect(await responses.get('question')).toEqual({ list: [1] });
    });
  });
}
