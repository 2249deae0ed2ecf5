import type { Json } from '../../json.ts';
import type { AggregateItem, AggregateOptions } from '../aggregate.ts';
import { labelled, needSome, numberOf } from './outputs.ts';

/** `{value, count, values: {agent: number}}`: the arithmetic mean. */
export function mean(items: readonly AggregateItem[], options: AggregateOptions): Json {
  return average(
    items,
    options,
    (numbers) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length,
  );
}

/** Like {@link mean}, with the middle number; of an even count, the mean of the two in the middle. */
export function median(items: readonly AggregateItem[], options: AggregateOptions): Json {
  return average(items, options, (numbers) => {
    const sorted = numbers.toSorted((a, b) => a - b);
    const [low = 0, high = low] = sorted.slice(
      Math.ceil(sorted.length / 2) - 1,
      Math.floor(sorted.length / 2) + 1,
    );
    return (low + high) / 2;
  });
}

function average(
  items: readonly AggregateItem[],
  options: AggregateOptions,
  compute: (numbers: readonly number[]) => number,
): Json {
  needSome(items);
  const values = labelled(items).map((item) => [item.label, numberOf(item, options)] as const);
  return {
    value: compute(values.map(([, number]) => number)),
    count: values.length,
    values: Object.fromEntries(values),
  };
}
