import { at, fitLine, type Numbers } from './statistics.ts';

/**
 * Rows until half of a deviation is expected to be gone, from a regression of the deviation's changes on its level
 * (discrete Ornstein-Uhlenbeck process). Infinity when deviations do not shrink.
 */
export function halfLife(deviations: Numbers): number {
  const levels = deviations.slice(0, -1);
  const changes = Array.from(levels, (level, index) => at(deviations, index + 1) - level);
  const pull = fitLine(changes, levels).slope;
  if (pull >= 0) return Number.POSITIVE_INFINITY;
  return pull <= -1 ? 1 : -Math.LN2 / Math.log(1 + pull);
}
