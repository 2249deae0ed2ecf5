import { aggregateFailed, TroupeError } from '../errors.ts';
import type { Json } from '../json.ts';
import { mean, median } from './aggregate/averages.ts';
import { collect, concat, merge } from './aggregate/gathering.ts';
import { best, max, min, rank } from './aggregate/ranking.ts';
import { majority, weighted } from './aggregate/votes.ts';
import { suggest } from './suggest.ts';

/**
 * Aggregates fold the successful outputs of agents into one value. Pure; the same items in the same order give
 * the same result. Ties go to what comes first in file order. Each kind is described in docs/task-format.md.
 */

/** One agent's accepted output. */
export interface AggregateItem {
  readonly agent: string;
  readonly step: string;
  readonly output: Json;
}

/** What the step's yaml `input` says; each kind documents what it reads. */
export interface AggregateOptions {
  readonly [option: string]: unknown;
}

/**
 * Folds outputs, given in file order, into JSON. Throw an Error with a sentence that says what does not fit.
 */
export type AggregateFunction = (items: readonly AggregateItem[], options: AggregateOptions) => Json;

/** Kinds that a program adds; any `Map` will do. They cannot replace the ones that ship. */
export interface AggregateRegistry {
  get(kind: string): AggregateFunction | undefined;
}

/**
 * Folds outputs by the kind of that name.
 *
 * @throws TroupeError `AGGREGATE_FAILED` when the kind is unknown or the outputs do not fit; the message names
 *   the agent and the step
 */
export function aggregate(
  kind: string,
  items: readonly AggregateItem[],
  options: AggregateOptions = {},
  registry?: AggregateRegistry,
): Json {
  const fold = KINDS.get(kind) ?? registry?.get(kind);
  if (fold === undefined) throw unknownKind(kind);
  try {
    return fold(items, options);
  } catch (error) {
    if (error instanceof TroupeError) throw error;
    throw aggregateFailed(kind, error instanceof Error ? error.message : String(error));
  }
}

const KINDS: ReadonlyMap<string, AggregateFunction> = new Map<string, AggregateFunction>([
  ['collect', collect],
  ['merge', merge],
  ['concat', concat],
  ['majority', majority],
  ['weighted', weighted],
  ['mean', mean],
  ['median', median],
  ['min', min],
  ['max', max],
  ['rank', rank],
  ['best', best],
]);

/** The kinds that ship, in the order of the documentation. */
export const AGGREGATE_KINDS: readonly string[] = [...KINDS.keys()];

function unknownKind(kind: string): TroupeError {
  return aggregateFailed(kind, 'no such kind is known here', suggest(kind, AGGREGATE_KINDS, 'known are'));
}
