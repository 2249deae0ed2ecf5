import { EvaluationError } from '@marcbachmann/cel-js';
import { expressionFailed, expressionTooLarge, expressionUnknownName, TroupeError } from '../errors.ts';
import type { Json } from '../json.ts';
import { BoundedCache } from './bounded-cache.ts';
import { type CompiledExpression, compileExpression } from './expression/compile.ts';
import { EXPRESSION_LIMITS } from './expression/limits.ts';

/**
 * CEL for tasks: pure, bounded and deterministic, since the fold evaluates it.
 *
 * - Numbers are doubles, integer literals and results of functions included.
 * - Own properties only; no clock, no randomness, no time functions; regular expressions run in linear time.
 * - A bare name that the scope does not have means `input.NAME`.
 */

/** What expressions and templates see: one key per root. */
export interface Scope {
  readonly input?: unknown;
  /** Phase name -> `{outputs, status}`. */
  readonly phases?: unknown;
  /** Phase name -> outputs, of the phases depended on. */
  readonly outputs?: unknown;
  /** Agent -> output, in this phase. */
  readonly results?: unknown;
  readonly item?: unknown;
  /** `{id, task, version}` */
  readonly execution?: unknown;
}

export interface ParsedExpression {
  readonly text: string;
  /** Names used that no macro inside the expression binds, in order of appearance. */
  readonly roots: readonly string[];
  /** What is read, as far as it is written out: `phases["A"].outputs.x` is `['phases', 'A', 'outputs', 'x']`. */
  readonly paths: readonly (readonly string[])[];
}

/** The roots that every expression and template may use. */
export const SCOPE_ROOTS: readonly string[] = ['input', 'phases', 'outputs', 'results', 'item', 'execution'];

/**
 * Parses and type-checks an expression. The same text is parsed once.
 *
 * @throws TroupeError `EXPRESSION_SYNTAX`, `EXPRESSION_TOO_LARGE`
 */
export function parseExpression(text: string): ParsedExpression {
  return compile(text);
}

/**
 * Computes an expression on a scope. The result is JSON when the scope is.
 *
 * @throws TroupeError `EXPRESSION_SYNTAX`, `EXPRESSION_TOO_LARGE`, `EXPRESSION_UNKNOWN_NAME`, `EXPRESSION_FAILED`
 */
export function evaluate(expression: ParsedExpression | string, scope: Scope): unknown {
  const text = typeof expression === 'string' ? expression : expression.text;
  const program = compile(text);
  try {
    return program.run((root) => {
      const value = readRoot(scope, root);
      if (value === undefined) throw expressionUnknownName(text, root);
      return value;
    });
  } catch (error) {
    if (error instanceof TroupeError) throw error;
    if (error instanceof EvaluationError) throw expressionFailed(text, error.summary);
    throw expressionFailed(text, error instanceof Error ? error.message : String(error));
  }
}

/**
 * The values that an expression reads, for a person who asks why it was not true: path -> value. A value whose
 * JSON is longer than 200 characters is its beginning as text; `(missing)` stands where there is nothing.
 */
export function explain(expression: ParsedExpression | string, scope: Scope): Record<string, Json> {
  const { paths } = typeof expression === 'string' ? parseExpression(expression) : expression;
  const seen = paths.map((path) => {
    const [root = '', ...keys] = path;
    let value = readRoot(scope, root);
    for (const key of keys) value = readOwn(value, key);
    return [formatPath(path), shorten(value)] as const;
  });
  return Object.fromEntries(seen);
}

const compiled = new BoundedCache<string, CompiledExpression>(EXPRESSION_LIMITS.cached);

function compile(text: string): CompiledExpression {
  // Before the cache, which would otherwise keep the whole text as a key.
  if (text.length > EXPRESSION_LIMITS.characters) {
    throw expressionTooLarge(text, `at most ${EXPRESSION_LIMITS.characters} characters`);
  }
  return compiled.getOrCompute(text, () => compileExpression(text));
}

function readRoot(scope: Scope, root: string): unknown {
  const own = readOwn(scope, root);
  return own === undefined ? readOwn(scope.input, root) : own;
}

function readOwn(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as { readonly [key: string]: unknown })[key];
}

function formatPath(path: readonly string[]): string {
  const [root, ...keys] = path;
  return keys.reduce<string>(
    (text, key) => text + (/^[A-Za-z_]\w*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`),
    root ?? '',
  );
}

function textOf(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    return '(nested too deeply)'.padEnd(LONGEST_SHOWN + 1);
  }
}

const LONGEST_SHOWN = 200;

function shorten(value: unknown): Json {
  if (value === undefined) return '(missing)';
  const text = textOf(value);
  // The scope is JSON, as the log holds it.
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN - 1).trimEnd()}…` : (value as Json);
}
