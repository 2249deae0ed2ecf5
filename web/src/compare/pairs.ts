import type { Json } from '../../../src/json.ts';
import type { Compared, ComparedPhase, ComparedStep } from './types.ts';

/** The same thing in both; undefined where one has no such thing. */
export interface Pair<Item> {
  readonly name: string;
  readonly a: Item | undefined;
  readonly b: Item | undefined;
}

export interface PhasePair extends Pair<ComparedPhase> {
  readonly steps: readonly StepPair[];
}

export interface StepPair extends Pair<ComparedStep> {
  /** Status, attempts or output are not the same. */
  readonly isDifferent: boolean;
}

/** Phases and their steps side by side, in the order of the first; what only the second has comes after. */
export function pairsOf(a: Compared, b: Compared): readonly PhasePair[] {
  return paired(a.phases, b.phases, ({ name }) => name).map((pair) => ({
    ...pair,
    steps: paired(pair.a?.steps ?? [], pair.b?.steps ?? [], ({ id }) => id).map((step) => ({
      ...step,
      isDifferent: isDifferent(step),
    })),
  }));
}

function paired<Item>(
  a: readonly Item[],
  b: readonly Item[],
  nameOf: (item: Item) => string,
): readonly Pair<Item>[] {
  const others = new Map(b.map((item) => [nameOf(item), item]));
  const names = new Set([...a, ...b].map(nameOf));
  const own = new Map(a.map((item) => [nameOf(item), item]));
  return [...names].map((name) => ({ name, a: own.get(name), b: others.get(name) }));
}

function isDifferent({ a, b }: Pair<ComparedStep>): boolean {
  if (a === undefined || b === undefined) return true;
  return a.status !== b.status || a.attempts !== b.attempts || textOf(a.output) !== textOf(b.output);
}

/** JSON with its keys in order, so that only what differs differs. */
export function textOf(value: Json): string {
  return JSON.stringify(ordered(value), null, 2) ?? '';
}

function ordered(value: Json): Json {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item: Json) => ordered(item));
  const entries = Object.entries(value as { readonly [key: string]: Json })
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([key, part]) => [key, ordered(part)] as const);
  return Object.fromEntries(entries);
}

/** `+12 s`, `−3 m 04 s`, with `format`; empty where nothing can be said. */
export function differenceOf(
  a: number | null | undefined,
  b: number | null | undefined,
  format: (value: number) => string,
): string {
  if (a === null || a === undefined || b === null || b === undefined) return '';
  if (a === b) return '=';
  return `${b > a ? '+' : '−'}${format(Math.abs(b - a))}`;
}
