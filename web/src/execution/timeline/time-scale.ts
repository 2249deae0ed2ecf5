/** A stretch of log time in which nothing was worked on. */
export interface Gap {
  readonly from: number;
  readonly to: number;
}

/**
 * Log time as it is shown: with gaps folded, a line that is shorter than the time it stands for. Shown time counts in ms from 0; outside
 * of gaps it runs as fast as log time.
 */
export interface TimeScale {
  readonly from: number;
  readonly to: number;
  /** Shown time of `to`. */
  readonly length: number;
  readonly folds: readonly Fold[];
  toShown(at: number): number;
  toTime(shown: number): number;
}

export interface Fold extends Gap {
  readonly shownFrom: number;
  readonly shownTo: number;
}

/** Part of the whole that a folded gap takes at most. */
const FOLD_SHARE = 0.025;

/** @param gaps apart from each other, in order, inside of `from`..`to` */
export function createTimeScale(from: number, to: number, gaps: readonly Gap[] = []): TimeScale {
  const folded = gaps.reduce((sum, gap) => sum + (gap.to - gap.from), 0);
  const width = Math.max(1, (to - from - folded) * FOLD_SHARE);
  const folds: Fold[] = [];
  let saved = 0;
  for (const gap of gaps) {
    const length = gap.to - gap.from;
    if (length <= width) continue;
    const shownFrom = gap.from - from - saved;
    folds.push({ ...gap, shownFrom, shownTo: shownFrom + width });
    saved += length - width;
  }
  return {
    from,
    to,
    length: Math.max(1, to - from - saved),
    folds,
    toShown(at) {
      const fold = lastWhere(folds, (candidate) => candidate.from <= at);
      if (fold === undefined) return at - from;
      if (at >= fold.to) return fold.shownTo + (at - fold.to);
      return fold.shownFrom + ((at - fold.from) / (fold.to - fold.from)) * (fold.shownTo - fold.shownFrom);
    },
    toTime(shown) {
      const fold = lastWhere(folds, (candidate) => candidate.shownFrom <= shown);
      if (fold === undefined) return from + shown;
      if (shown >= fold.shownTo) return fold.to + (shown - fold.shownTo);
      return fold.from + ((shown - fold.shownFrom) / (fold.shownTo - fold.shownFrom)) * (fold.to - fold.from);
    },
  };
}

/** Last of an ordered list for which the condition, true of a beginning of it, holds. */
function lastWhere<T>(list: readonly T[], holds: (item: T) => boolean): T | undefined {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(list[middle] as T)) low = middle + 1;
    else high = middle;
  }
  return list[low - 1];
}
