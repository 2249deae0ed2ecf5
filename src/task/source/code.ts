import { SOURCE_LIMITS } from './limits.ts';
import type { Located } from './located.ts';
import { REFUSED_KEYS } from './located.ts';
import type { Place } from './place.ts';
import type { Report } from './report.ts';

/** Plain data from a program as located data; functions, dates and other objects that are not JSON are reported. */
export function readPlain(value: unknown, report: Report, path = '', depth = 0): Located {
  const place: Place = { line: 1, column: 1, path };
  if (depth > SOURCE_LIMITS.nesting) {
    report.add(place, 'OVER_LIMIT', `more than ${SOURCE_LIMITS.nesting} levels are refused`);
    return { kind: 'scalar', place, value: null, text: '' };
  }
  if (value === undefined || value === null) return { kind: 'scalar', place, value: null, text: '' };
  if (typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value)) {
    // The third test leaves only numbers.
    return { kind: 'scalar', place, value: value as string | boolean | number, text: String(value) };
  }
  if (Array.isArray(value)) {
    const items = value.map((item: unknown, index) =>
      readPlain(item, report, `${path}[${index}]`, depth + 1),
    );
    return { kind: 'list', place, items };
  }
  if (!isPlainObject(value)) {
    report.add(place, 'BAD_VALUE', `a definition is data; this is ${describeType(value)}`);
    return { kind: 'scalar', place, value: null, text: '' };
  }
  const entries = Object.entries(value)
    .filter(([, part]) => part !== undefined)
    .map(([key, part]) => {
      const inside = path === '' ? key : `${path}.${key}`;
      if (REFUSED_KEYS.has(key)) report.add(place, 'BAD_NAME', `'${key}' cannot be a key`);
      const located = readPlain(part, report, inside, depth + 1);
      return { key: { text: key, place: { line: 1, column: 1, path: inside } }, value: located };
    });
  return { kind: 'map', place, entries: entries.filter(({ key }) => !REFUSED_KEYS.has(key.text)) };
}

function isPlainObject(value: unknown): value is { readonly [key: string]: unknown } {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // By name: an object may come from another realm, as in test runners.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function describeType(value: unknown): string {
  if (typeof value === 'function') return 'a function (register it by name)';
  if (typeof value === 'object') return 'an object of a class';
  return `a ${typeof value}`;
}
