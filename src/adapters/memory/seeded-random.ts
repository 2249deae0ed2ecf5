import type { Random } from '../../ports/random.ts';

/** Randomness that repeats: the same seed gives the same ids and tokens, in the same order. */
export function seededRandom(seed: number): Random & { /** In [0, 1). */ next(): number } {
  const next = mulberry32(seed);
  let count = 0;
  const letters = (length: number): string => {
    let text = '';
    for (let index = 0; index < length; index += 1) text += ALPHABET[Math.floor(next() * ALPHABET.length)];
    return text;
  };
  return {
    next,
    id() {
      count += 1;
      return `${count.toString(36).padStart(6, '0')}${letters(10)}`;
    },
    token: () => letters(32),
  };
}

const ALPHABET = '0123456789abcdefghijklmnopqrstuvwxyz';

/** A small generator with a period of 2^32, good enough to shuffle a simulation: https://gist.github.com/tommyettinger/46a874533244883189143505d203312c */
function mulberry32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
