import type { Json } from '../../json.ts';
import type { AggregateItem, AggregateOptions } from '../aggregate.ts';
import { labelled, needSome, numberOf } from './outputs.ts';

/** `{value, agent, output, count, values}`: the smallest number and who gave it. */
export function min(items: readonly AggregateItem[], options: AggregateOptions): Json {
  return extreme(rankedBy(items, options, 'asc'));
}

/** Like {@link min}, with the largest number. */
export function max(items: readonly AggregateItem[], options: AggregateOptions): Json {
  return extreme(rankedBy(items, options, 'desc'));
}

/** `{ranking: [{rank, agent, score, output}], count}`, the highest first; option `order: asc` turns it round. */
export function rank(items: readonly AggregateItem[], options: AggregateOptions): Json {
  const ranking = rankedBy(items, options, orderOf(options)).map(({ label, score, output }, index) => ({
    rank: index + 1,
    agent: label,
    score,
    output,
  }));
  return { ranking, count: ranking.length };
}

/** `{agent, score, output}` of the one that {@link rank} puts first. */
export function best(items: readonly AggregateItem[], options: AggregateOptions): Json {
  const [{ label, score, output }] = rankedBy(items, options, orderOf(options));
  return { agent: label, score, output };
}

interface Ranked {
  readonly label: string;
  readonly score: number;
  readonly output: Json;
}
type NonEmpty<Item> = readonly [Item, ...Item[]];

function extreme(ranked: NonEmpty<Ranked>): Json {
  const [{ label, score, output }] = ranked;
  return {
    value: score,
    agent: label,
    output,
    count: ranked.length,
    values: Object.fromEntries(ranked.map((item) => [item.label, item.score])),
  };
}

/** Sorting is stable, so equal scores stay in file order. */
function rankedBy(
  items: readonly AggregateItem[],
  options: AggregateOptions,
  order: 'asc' | 'desc',
): NonEmpty<Ranked> {
  needSome(items);
  const direction = order === 'asc' ? 1 : -1;
  const ranked = labelled(items)
    .map((item) => ({ label: item.label, score: numberOf(item, options), output: item.output }))
    .sort((a, b) => direction * (a.score - b.score));
  // needSome: there is a first one.
  return ranked as unknown as NonEmpty<Ranked>;
}

function orderOf({ order = 'desc' }: AggregateOptions): 'asc' | 'desc' {
  if (order !== 'asc' && order !== 'desc')
    throw new Error("the option order is 'desc' (highest first) or 'asc'");
  return order;
}
