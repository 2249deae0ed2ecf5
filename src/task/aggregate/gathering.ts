import type { Json } from '../../json.ts';
import type { AggregateItem, AggregateOptions } from '../aggregate.ts';
import { describe, isObject, labelled } from './outputs.ts';

/** `{items: {agent: output}, count}`. */
export function collect(items: readonly AggregateItem[]): Json {
  return {
    items: Object.fromEntries(labelled(items).map(({ label, output }) => [label, output])),
    count: items.length,
  };
}

/** The objects' keys in one object; where two have a key, the later output wins. */
export function merge(items: readonly AggregateItem[]): Json {
  return Object.fromEntries(
    items.flatMap((item) => {
      if (!isObject(item.output))
        throw new Error(`${describe(item)} is not an object, so it cannot be merged`);
      return Object.entries(item.output);
    }),
  );
}

/**
 * `{text, count}` when all outputs are strings, joined by the option `separator` (an empty line by default);
 * else `{items, count}`, with lists opened into one list and other values added as they are.
 */
export function concat(items: readonly AggregateItem[], { separator = '\n\n' }: AggregateOptions): Json {
  const texts = items.map((item) => item.output).filter((output) => typeof output === 'string');
  if (items.length > 0 && texts.length === items.length) {
    return { text: texts.join(String(separator)), count: texts.length };
  }
  const parts = items.flatMap(({ output }): Json[] => (Array.isArray(output) ? output : [output]));
  return { items: parts, count: parts.length };
}
