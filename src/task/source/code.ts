import { SOURCE_LIMITS } from './limits.ts';
import type { Located, LocatedEntry } from './located.ts';
import { REFUSED_KEYS } from './located.ts';
import type { Place } from './place.ts';
import type { Report } from './report.ts';

/**
 * Plain data from a program as located data; functions, dates and other objects that are not JSON are reported, and so is what
 * throws when it is read.
 */
export function readPlain(value: unknown, report: Report): Located {
  try {
    return new PlainWalk(report).read(value, '', 0);
  } catch (error) {
    const place = placeOf('');
    const reason = error instanceof Error ? error.message : 'it throws';
    report.add(place, 'BAD_VALUE', `the definition cannot be read: ${reason.slice(0, 200)}`);
    return nothing(place);
  }
}

class PlainWalk {
  readonly #report: Report;
  #values = 0;
  #isOverLimit = false;

  constructor(report: Report) {
    this.#report = report;
  }

  read(value: unknown, path: string, depth: number): Located {
    const place = placeOf(path);
    if (depth > SOURCE_LIMITS.nesting)
      return this.#refuse(place, `more than ${SOURCE_LIMITS.nesting} levels`);
    this.#values += Array.isArray(value) ? value.length + 1 : 1;
    if (this.#values > SOURCE_LIMITS.codeValues) {
      return this.#refuse(place, `more than ${SOURCE_LIMITS.codeValues} values`);
    }
    if (value === undefined || value === null) return nothing(place);
    if (typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value)) {
      // The third test leaves only numbers.
      return { kind: 'scalar', place, value: value as string | boolean | number, text: String(value) };
    }
    if (Array.isArray(value)) {
      // Not `map`, which leaves holes as they are.
      const items = Array.from(value, (item: unknown, index) => this.#part(item, `${path}[${index}]`, depth));
      return { kind: 'list', place, items };
    }
    if (!isPlainObject(value)) {
      this.#report.add(place, 'BAD_VALUE', `a definition is data; this is ${describeType(value)}`);
      return nothing(place);
    }
    return { kind: 'map', place, entries: this.#entries(value, path, depth) };
  }

  #entries(value: { readonly [key: string]: unknown }, path: string, depth: number): LocatedEntry[] {
    const entries: LocatedEntry[] = [];
    for (const [key, part] of Object.entries(value)) {
      if (part === undefined) continue;
      const inside = path === '' ? key : `${path}.${key}`;
      if (REFUSED_KEYS.has(key)) {
        this.#report.add(placeOf(path), 'BAD_NAME', `'${key}' cannot be a key`);
        continue;
      }
      entries.push({ key: { text: key, place: placeOf(inside) }, value: this.#part(part, inside, depth) });
    }
    return entries;
  }

  /** Nothing, once a limit is passed: what is in several places may be there more often than can be counted. */
  #part(value: unknown, path: string, depth: number): Located {
    return this.#isOverLimit ? nothing(placeOf(path)) : this.read(value, path, depth + 1);
  }

  #refuse(place: Place, what: string): Located {
    if (!this.#isOverLimit) this.#report.add(place, 'OVER_LIMIT', `a definition with ${what} is refused`);
    this.#isOverLimit = true;
    return nothing(place);
  }
}

function placeOf(path: string): Place {
  return { line: 1, column: 1, path };
}

function nothing(place: Place): Located {
  return { kind: 'scalar', place, value: null, text: '' };
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
