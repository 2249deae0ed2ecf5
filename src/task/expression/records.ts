/**
 * A value as the library can read it: it tells what an object is by its `constructor`, which may be a key of ours. Such an object,
 * also in a list, is read as a `Map`.
 */
export function asRead(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || plain.has(value)) return value;
  if (!Array.isArray(value)) return isOurs(value) ? new Map(Object.entries(value)) : value;
  if (value.some(isOurs)) return value.map(asRead);
  plain.add(value);
  return value;
}

/** Lists that were looked through: an expression may read one at each of its turns. */
const plain = new WeakSet<object>();

function isOurs(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.hasOwn(value, 'constructor')
  );
}

/** The same value as JSON: what {@link asRead} made is an object again, wherever it is. */
export function asWritten(value: unknown): unknown {
  if (value instanceof Map)
    return Object.fromEntries([...value].map(([key, part]) => [key, asWritten(part)]));
  if (!hasMap(value)) return value;
  if (Array.isArray(value)) return value.map(asWritten);
  return Object.fromEntries(Object.entries(value as object).map(([key, part]) => [key, asWritten(part)]));
}

/** Only lists and maps that an expression made hold such values, and an expression has few levels. */
function hasMap(value: unknown, depth = 0): boolean {
  if (typeof value !== 'object' || value === null || depth > 40) return false;
  return value instanceof Map || Object.values(value).some((part) => hasMap(part, depth + 1));
}
