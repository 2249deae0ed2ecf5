import { knownAt, lastPrice, type Series } from '../market/series.ts';
import { horizonRows, type Mandate } from './mandate.ts';
import { METHODS } from './methods/all.ts';

/** One past day as the committee would have seen it, and what the horizon after it brought. */
export interface Replay {
  readonly date: string;
  /** Agent to the score its method gives with what was known then; missing where the data did not reach. */
  readonly scores: { readonly [agent: string]: number };
  /** Simple return over the horizon. */
  readonly return: number;
  /** Deepest close on the way, as a return. */
  readonly worst: number;
}

/** A month: nearer days would tell the same story twice. */
const SESSIONS_APART = 21;

/**
 * Past days, oldest first, a horizon or a month apart, so that what follows one does not overlap with what follows the next. Each score
 * is computed from the rows up to its day alone, and every outcome ended before the last row of the series.
 */
export function replayPast(series: Series, mandate: Mandate): Replay[] {
  const horizon = horizonRows(series, mandate);
  const apart = series.frequency === 'daily' ? Math.max(SESSIONS_APART, horizon) : horizon;
  const replays: Replay[] = [];
  for (let rows = series.dates.length - horizon; rows > 0; rows -= apart) {
    const then = knownAt(series, rows);
    const scores = Object.fromEntries(
      METHODS.filter((method) => method.obstacle(then, mandate) === undefined).map((method) => [
        method.agent,
        method.score(then, mandate),
      ]),
    );
    if (Object.keys(scores).length === 0) break;
    const price = lastPrice(then);
    const after = series.close.subarray(rows, rows + horizon);
    replays.push({
      date: then.dates.at(-1) ?? '',
      scores,
      return: (after.at(-1) ?? price) / price - 1,
      worst: Math.min(0, Math.min(...after) / price - 1),
    });
  }
  return replays.reverse();
}
