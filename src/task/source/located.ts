import type { Place, PlacedText } from './place.ts';

/** JSON-like data that knows where each part stands. Readers make it; builders take it apart. */
export type Located = LocatedScalar | LocatedList | LocatedMap;

export interface LocatedScalar {
  readonly kind: 'scalar';
  readonly place: Place;
  readonly value: string | number | boolean | null;
  /** As written: `1.0` stays `1.0`. */
  readonly text: string;
}

export interface LocatedList {
  readonly kind: 'list';
  readonly place: Place;
  readonly items: readonly Located[];
}

export interface LocatedMap {
  readonly kind: 'map';
  readonly place: Place;
  /** Keys are unique and harmless (`__proto__` is refused where the map is made). */
  readonly entries: readonly LocatedEntry[];
}

export interface LocatedEntry {
  readonly key: PlacedText;
  readonly value: Located;
}

/** The plain value. */
export function toPlain(located: Located): unknown {
  switch (located.kind) {
    case 'scalar':
      return located.value;
    case 'list':
      return located.items.map(toPlain);
    case 'map':
      return Object.fromEntries(located.entries.map(({ key, value }) => [key.text, toPlain(value)]));
  }
}

/** What a person would call it. */
export function nameKind(located: Located): string {
  if (located.kind === 'list') return 'a list';
  if (located.kind === 'map') return 'a map';
  return located.value === null ? 'nothing' : `'${located.text}'`;
}

export function emptyMap(place: Place): LocatedMap {
  return { kind: 'map', place, entries: [] };
}

/** Keys that mean something else to JavaScript; no definition may use them. */
export const REFUSED_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);
