import { randomFillSync } from 'node:crypto';
import type { Random } from '../../ports/random.ts';

/** Randomness of the machine. Ids sort by the time they were made, to the millisecond. */
export const systemRandom: Random = {
  id() {
    return timePart(Date.now()) + randomBytes(ID_RANDOM_BYTES).toString('hex');
  },
  token() {
    return randomBytes(TOKEN_BYTES).toString('base64url');
  },
};

/** 80 bits, as much as a ULID has. */
const ID_RANDOM_BYTES = 10;
const TOKEN_BYTES = 24;

/** Nine digits of base 36 reach the year 5188; a fixed width keeps the order of text the order of time. */
const TIME_DIGITS = 9;
let lastTime = 0;
let lastTimePart = '';

function timePart(now: number): string {
  if (now !== lastTime) {
    lastTime = now;
    lastTimePart = now.toString(36).padStart(TIME_DIGITS, '0');
  }
  return lastTimePart;
}

/** One call into the system for many ids: each call costs more than all the rest of making an id. */
const pool = Buffer.allocUnsafe(4096);
let used = pool.length;

function randomBytes(count: number): Buffer {
  if (used + count > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += count;
  return pool.subarray(used - count, used);
}
