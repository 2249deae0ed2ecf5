import { at, type Numbers, quantile } from './statistics.ts';

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/**
 * 90 % interval of the mean by a circular block bootstrap: blocks keep neighbours together, since neighbouring market
 * observations are not independent.
 * @param seed the same text gives the same interval
 */
export function bootstrapMean(values: Numbers, seed: string, block = 3, draws = 1000): Interval {
  if (values.length === 0) return { low: 0, high: 0 };
  const random = seededRandom(seed);
  const means = new Float64Array(draws);
  for (let draw = 0; draw < draws; draw += 1) {
    let total = 0;
    for (let taken = 0; taken < values.length; ) {
      const start = Math.floor(random() * values.length);
      for (let offset = 0; offset < block && taken < values.length; offset += 1, taken += 1) {
        total += at(values, (start + offset) % values.length);
      }
    }
    means[draw] = total / values.length;
  }
  return { low: quantile(means, 0.05), high: quantile(means, 0.95) };
}

/** Numbers from 0 to 1 that only depend on the seed (mulberry32 over an FNV-1a hash). */
export function seededRandom(seed: string): () => number {
  let state = 0x811c9dc5;
  for (let index = 0; index < seed.length; index += 1) {
    state = Math.imul(state ^ seed.charCodeAt(index), 0x01000193);
  }
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
