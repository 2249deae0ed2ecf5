import type { Json } from '../../../src/json.ts';

/** One line of a JSON tree. */
export interface JsonLine {
  /** As code would reach it from the root: `phases[0].name`; empty for the root. */
  readonly path: string;
  /** Null for the root. */
  readonly key: string | null;
  readonly value: Json;
  /** From 0. */
  readonly depth: number;
  /** Null: it has nothing inside. */
  readonly isOpen: boolean | null;
  /** Of members or items inside. */
  readonly size: number;
  /** So many members are not listed; the line stands for them. */
  readonly rest?: number | undefined;
}

export interface Openness {
  /** Levels that are open by themselves. */
  readonly depth: number;
  /** Paths that were opened or closed against that. */
  readonly toggled: ReadonlyMap<string, boolean>;
  /** How many members of a path are listed, where more than {@link FIRST_MEMBERS} were asked for. */
  readonly listed: ReadonlyMap<string, number>;
}

export const FIRST_MEMBERS = 100;

/** The visible lines of the value, in order. Pure; what is closed is not walked. */
export function linesOf(value: Json, openness: Openness): readonly JsonLine[] {
  const lines: JsonLine[] = [];
  add(lines, openness, { path: '', key: null, value, depth: 0 });
  return lines;
}

function add(
  lines: JsonLine[],
  openness: Openness,
  { path, key, value, depth }: Pick<JsonLine, 'path' | 'key' | 'value' | 'depth'>,
): void {
  const members = membersOf(value);
  if (members === undefined || members.length === 0) {
    lines.push({ path, key, value, depth, isOpen: null, size: 0 });
    return;
  }
  const isOpen = openness.toggled.get(path) ?? depth < openness.depth;
  lines.push({ path, key, value, depth, isOpen, size: members.length });
  if (!isOpen) return;
  const listed = openness.listed.get(path) ?? FIRST_MEMBERS;
  for (const [name, inner] of members.slice(0, listed)) {
    add(lines, openness, {
      path: join(path, name, Array.isArray(value)),
      key: name,
      value: inner,
      depth: depth + 1,
    });
  }
  const rest = members.length - listed;
  if (rest > 0) lines.push({ path, key: null, value: null, depth: depth + 1, isOpen: null, size: 0, rest });
}

/** Undefined for what has nothing inside. */
function membersOf(value: Json): readonly (readonly [name: string, value: Json])[] | undefined {
  if (Array.isArray(value)) return value.map((item, index) => [String(index), item as Json]);
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.entries(value).filter((entry): entry is [string, Json] => entry[1] !== undefined);
}

function join(path: string, name: string, isIndex: boolean): string {
  if (isIndex) return `${path}[${name}]`;
  if (!/^[A-Za-z_$][\w$]*$/.test(name)) return `${path}[${JSON.stringify(name)}]`;
  return path === '' ? name : `${path}.${name}`;
}

export interface JsonHit {
  readonly path: string;
  /** The paths that have to be open for it to be seen, outermost first. */
  readonly above: readonly string[];
  /** Place among the members of each of `above`, so that enough of them are listed. */
  readonly places: readonly number[];
}

/** Where keys or values hold the text, whatever its case; the first `limit` of them, in order. */
export function searchJson(value: Json, text: string, limit = 500): readonly JsonHit[] {
  const wanted = text.toLowerCase();
  const hits: JsonHit[] = [];
  if (wanted === '') return hits;
  const walk = (
    inner: Json,
    path: string,
    key: string | null,
    above: readonly string[],
    places: readonly number[],
  ) => {
    if (hits.length >= limit) return;
    const members = membersOf(inner);
    const isHit =
      key?.toLowerCase().includes(wanted) || (members === undefined && textOf(inner).includes(wanted));
    if (isHit) hits.push({ path, above, places });
    members?.forEach(([name, member], place) => {
      walk(member, join(path, name, Array.isArray(inner)), name, [...above, path], [...places, place]);
    });
  };
  walk(value, '', null, [], []);
  return hits;
}

function textOf(value: Json): string {
  return String(value).toLowerCase();
}
