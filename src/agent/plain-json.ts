import type { Json } from '../json.ts';

/** Deeper values are refused: whoever walks them later may recurse. */
const MAX_DEPTH = 200;

/** JSON escapes a UTF-16 unit as `\uXXXX` at worst, and UTF-8 takes at most 3 bytes for it. */
const MAX_BYTES_PER_UNIT = 6;

/** Says why a value is not JSON. */
export class NotJson extends Error {
  override readonly name = 'NotJson';
}

export interface PlainJson {
  readonly value: Json;
  /** The JSON text has at most this many bytes, and seldom far fewer than a sixth. */
  readonly maxBytes: number;
}

/**
 * Copies what an agent returned into plain JSON, as `JSON.stringify` would see it, with an upper bound of its size: cheaper
 * than making the text, which most values need only once, in the log.
 *
 * Throws {@link NotJson} for what JSON cannot carry (cycles, nesting over 200 levels, bigints).
 */
export function toPlainJson(value: unknown): PlainJson {
  const size = { maxBytes: 0 };
  return { value: copy(value, size, 0) ?? null, maxBytes: size.maxBytes };
}

/** Undefined for what JSON leaves out (functions, symbols, undefined). */
function copy(value: unknown, size: { maxBytes: number }, depth: number): Json | undefined {
  size.maxBytes += 8;
  switch (typeof value) {
    case 'string':
      size.maxBytes += value.length * MAX_BYTES_PER_UNIT;
      return value;
    case 'number':
      size.maxBytes += 24;
      // JSON has one zero.
      return Number.isFinite(value) ? value + 0 : null;
    case 'boolean':
      return value;
    case 'object':
      if (value === null) return null;
      if (depth >= MAX_DEPTH)
        throw new NotJson(`it is nested deeper than ${MAX_DEPTH} levels, or in a cycle`);
      return Array.isArray(value)
        ? Array.from(value, (item: unknown) => copy(item, size, depth + 1) ?? null)
        : copyObject(value, size, depth);
    case 'bigint':
      throw new NotJson('JSON has no bigint; convert it to a number or a string');
    default:
      return undefined;
  }
}

function copyObject(value: object, size: { maxBytes: number }, depth: number): Json | undefined {
  if ('toJSON' in value && typeof value.toJSON === 'function') {
    const replaced: unknown = value.toJSON();
    return replaced === value ? null : copy(replaced, size, depth + 1);
  }
  const result: { [key: string]: Json } = {};
  for (const [key, item] of Object.entries(value)) {
    const copied = copy(item, size, depth + 1);
    if (copied === undefined) continue;
    size.maxBytes += key.length * MAX_BYTES_PER_UNIT;
    setOwn(result, key, copied);
  }
  return result;
}

/** An assignment to `__proto__` would change the prototype instead of making a key. */
export function setOwn<T>(target: { [key: string]: T }, key: string, value: T): void {
  if (key === '__proto__') {
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  } else {
    target[key] = value;
  }
}
