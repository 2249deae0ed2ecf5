import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Pair,
  type ParsedNode,
  parseDocument,
} from 'yaml';
import { SOURCE_LIMITS } from './limits.ts';
import { type Located, type LocatedEntry, REFUSED_KEYS } from './located.ts';
import type { Place } from './place.ts';
import type { Report } from './report.ts';

/**
 * Reads YAML 1.2 (core schema, no merge keys, string keys) into located data. Problems go to the report; what
 * could be read is returned all the same, undefined when there is nothing.
 *
 * @param base where the text begins in its file; in a fenced block every line is shifted by its column
 */
export function readYaml(text: string, base: Place, report: Report): Located | undefined {
  if (Buffer.byteLength(text) > SOURCE_LIMITS.yamlBytes) {
    report.add(base, 'OVER_LIMIT', `YAML of more than ${SOURCE_LIMITS.yamlBytes / 1024} KiB is refused`);
    return undefined;
  }
  if (flowDepth(text) > SOURCE_LIMITS.nesting) return refuseNesting(base, report);
  const lines = new LineCounter();
  let document: Document.Parsed;
  try {
    // Duplicate keys are found below: the library compares each key with every other.
    document = parseDocument(text, {
      lineCounter: lines,
      prettyErrors: false,
      uniqueKeys: false,
      merge: false,
      stringKeys: true,
      logLevel: 'error',
    });
  } catch (error) {
    // The parser calls itself for every level.
    if (error instanceof RangeError) return refuseNesting(base, report);
    throw error;
  }
  const placeOf = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line: base.line + line - 1, column: base.column + col - 1 };
  };
  for (const { pos, message } of document.errors) {
    if (/stack/i.test(message)) return refuseNesting(base, report);
    report.add(placeOf(pos[0]), 'YAML_SYNTAX', message.split('\n', 1)[0]?.slice(0, 200) ?? '');
  }
  if (document.errors.length > 0 || document.contents === null) return undefined;
  return new YamlWalk(document, placeOf, report).read(document.contents as ParsedNode, 0);
}

class YamlWalk {
  readonly #document: Document.Parsed;
  readonly #placeOf: (offset: number) => Place;
  readonly #report: Report;
  #aliases = 0;
  #values = 0;
  #isOverLimit = false;

  constructor(document: Document.Parsed, placeOf: (offset: number) => Place, report: Report) {
    this.#document = document;
    this.#placeOf = placeOf;
    this.#report = report;
  }

  read(node: ParsedNode, depth: number): Located {
    const place = this.#placeOf(node.range[0]);
    this.#values += 1;
    if (depth > SOURCE_LIMITS.nesting)
      return this.#refuse(place, `more than ${SOURCE_LIMITS.nesting} levels`);
    if (this.#values > SOURCE_LIMITS.yamlValues) {
      return this.#refuse(place, `more than ${SOURCE_LIMITS.yamlValues} values`);
    }
    if (isAlias(node)) return this.#readAlias(node, place, depth);
    if (isSeq(node)) {
      return {
        kind: 'list',
        place,
        items: this.#untilLimit(node.items, (item) => this.read(item, depth + 1)),
      };
    }
    if (isMap(node)) {
      const seen = new Set<string>();
      const entries = this.#untilLimit(node.items, (pair) => this.#readPair(pair, seen, place, depth));
      return { kind: 'map', place, entries: entries.filter((entry) => entry !== undefined) };
    }
    return this.#readScalar(node, place);
  }

  #readScalar(node: ParsedNode, place: Place): Located {
    const value: unknown = isScalar(node) ? node.value : null;
    const source = isScalar(node) && typeof node.source === 'string' ? node.source : '';
    if (typeof value === 'string') return { kind: 'scalar', place, value, text: value };
    if (value === null || typeof value === 'boolean') return { kind: 'scalar', place, value, text: source };
    if (typeof value === 'number' && Number.isFinite(value))
      return { kind: 'scalar', place, value, text: source };
    this.#report.add(place, 'BAD_VALUE', `'${source}' is not a value that JSON has`);
    return { kind: 'scalar', place, value: null, text: source };
  }

  #readPair(
    { key, value }: Pair<ParsedNode, ParsedNode | null>,
    seen: Set<string>,
    mapPlace: Place,
    depth: number,
  ): LocatedEntry | undefined {
    const place = key.range === undefined ? mapPlace : this.#placeOf(key.range[0]);
    const text = isScalar(key) ? String(key.value) : '';
    if (!isScalar(key) || REFUSED_KEYS.has(text)) {
      this.#report.add(
        place,
        'BAD_NAME',
        isScalar(key) ? `'${text}' cannot be a key` : 'a key must be a text',
      );
      return undefined;
    }
    if (seen.has(text)) {
      this.#report.add(place, 'DUPLICATE_KEY', `'${text}' stands here twice`);
      return undefined;
    }
    seen.add(text);
    const located: Located =
      value === null ? { kind: 'scalar', place, value: null, text: '' } : this.read(value, depth + 1);
    return { key: { text, place }, value: located };
  }

  #readAlias(node: Alias, place: Place, depth: number): Located {
    this.#aliases += 1;
    if (this.#aliases > SOURCE_LIMITS.yamlAliases) {
      return this.#refuse(place, `more than ${SOURCE_LIMITS.yamlAliases} aliases`);
    }
    const target = node.resolve(this.#document);
    // The anchor may stand around the alias; then the depth ends it.
    if (target !== undefined) return this.read(target as ParsedNode, depth + 1);
    this.#report.add(place, 'YAML_SYNTAX', `there is no anchor '&${node.source}' above`);
    return { kind: 'scalar', place, value: null, text: '' };
  }

  #refuse(place: Place, what: string): Located {
    if (!this.#isOverLimit) this.#report.add(place, 'OVER_LIMIT', `YAML with ${what} is refused`);
    this.#isOverLimit = true;
    return { kind: 'scalar', place, value: null, text: '' };
  }

  #untilLimit<Item, Result>(items: readonly Item[], read: (item: Item) => Result): Result[] {
    const results: Result[] = [];
    for (const item of items) {
      if (this.#isOverLimit) break;
      results.push(read(item));
    }
    return results;
  }
}

function refuseNesting(place: Place, report: Report): undefined {
  report.add(place, 'OVER_LIMIT', `YAML with more than ${SOURCE_LIMITS.nesting} levels is refused`);
}

/** The deepest that brackets and braces nest, texts included: the parser's own stack ends far later. */
function flowDepth(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (const character of text) {
    if (character === '[' || character === '{') deepest = Math.max(deepest, ++depth);
    else if ((character === ']' || character === '}') && depth > 0) depth -= 1;
  }
  return deepest;
}
