/**
 * A number in [0, 1) that depends on the seed and the key alone: what else happened before does not change it. So one fault can be
 * taken out of a run and everything else stays what it was, as far as it still happens.
 *
 * FNV-1a over both, then the finisher of MurmurHash3: http://www.isthe.com/chongo/tech/comp/fnv/,
 * https://github.com/aappleby/smhasher/wiki/MurmurHash3
 */
export function chance(seed: number, key: string): number {
  let hash = (0x811c9dc5 ^ seed) >>> 0;
  for (let index = 0; index < key.length; index += 1) {
    hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}

/** A whole number in [0, below). */
export function choice(seed: number, key: string, below: number): number {
  return Math.floor(chance(seed, key) * below);
}
