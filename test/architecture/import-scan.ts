export interface Import {
  readonly specifier: string;
  /** `import type …` or `export type … from`: gone after compilation, so it couples no code. */
  readonly isTypeOnly: boolean;
  /** From 1. */
  readonly line: number;
}

/**
 * The imports and re-exports of a module, in the order of the text. Inline types (`import { type A }`) count as values:
 * under `verbatimModuleSyntax` such an import stays and runs the other module.
 * A scan of the text, not a parse: it relies on the formatter, which starts every import statement on a line of its own.
 */
export function importsOf(source: string): Import[] {
  const statements = [...source.matchAll(STATIC_IMPORT), ...source.matchAll(DYNAMIC_IMPORT)];
  return statements
    .sort((a, b) => a.index - b.index)
    .map(({ groups = {}, index }) => ({
      specifier: groups.specifier ?? '',
      isTypeOnly: groups.type !== undefined,
      line: source.slice(0, index).split('\n').length,
    }));
}

/** `import 'x'`, `import … from 'x'`, `export { … } from 'x'`, `export * from 'x'`; the clause may span lines. */
const STATIC_IMPORT =
  /^(?:import(?<type>\s+type(?=[\s{])(?!\s+from\b))?(?:[^'"`;=()]*?\bfrom)?|export(?<type>\s+type(?=[\s{*]))?\s*(?:\*[^'"`;=()]*?|\{[^}]*\}\s*)\bfrom)\s*['"](?<specifier>[^'"]+)['"]/gm;

/** `import('x')` in code, and in types, where it may name a value's module too. Not inside a comment line. */
const DYNAMIC_IMPORT = /(?<=^(?!\s*(?:\*|\/\/|\/\*)).*)\bimport\(\s*['"](?<specifier>[^'"]+)['"]/gm;
