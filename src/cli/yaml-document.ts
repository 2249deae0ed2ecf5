import { isScalar, parseDocument, visit } from 'yaml';

/**
 * A JSON or YAML document as plain JSON; null for an empty one.
 *
 * The library's own search for keys that stand twice compares each key with every other, so it is done here. Few aliases: a document
 * of a few bytes must not become gigabytes.
 *
 * @throws Error whose message says what is wrong
 */
export function parseYamlDocument(text: string): unknown {
  const document = parseDocument(text, {
    uniqueKeys: false,
    merge: false,
    stringKeys: true,
    logLevel: 'error',
    // Tags such as `!!binary` make values that JSON does not have.
    resolveKnownTags: false,
  });
  const [problem] = document.errors;
  if (problem !== undefined) throw problem;
  visit(document, {
    Map(_, { items }) {
      const seen = new Set<string>();
      for (const { key } of items) {
        const name = isScalar(key) ? String(key.value) : '';
        if (seen.has(name)) throw new Error(`the key '${name}' stands twice in one map`);
        seen.add(name);
      }
    },
  });
  const value: unknown = document.toJS({ maxAliasCount: 50 }) ?? null;
  assertJson(value, new Set(), 0);
  return value;
}

/** Deeper documents are refused: whoever walks their values calls itself for every level. */
const MAX_DEPTH = 200;

/** @param checked what an alias leads to may be there many times */
function assertJson(value: unknown, checked: Set<object>, depth: number): void {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new Error(`${value} is not a value that JSON has`);
  }
  if (typeof value !== 'object' || value === null || checked.has(value)) return;
  // Also where an alias stands inside of what it leads to.
  if (depth > MAX_DEPTH) throw new Error(`more than ${MAX_DEPTH} levels are refused`);
  for (const part of Object.values(value)) assertJson(part, checked, depth + 1);
  checked.add(value);
}
