import { Environment } from '@marcbachmann/cel-js';
import { EXPRESSION_LIMITS } from './limits.ts';
import { matchesLinear, stepsToMatch } from './linear-regex.ts';
import { spendWork } from './turns.ts';

/**
 * Functions and methods that expressions may call. The library has more: bytes, timestamps and durations are
 * not JSON, time zones depend on the machine, and `cel.bind` lets a short text build values of any size.
 */
export const ALLOWED_CALLS: ReadonlySet<string> = new Set([
  ...['size', 'has', 'string', 'double', 'int', 'bool', 'dyn'],
  ...['startsWith', 'endsWith', 'contains', 'matches', 'lowerAscii', 'upperAscii', 'trim'],
  ...['indexOf', 'lastIndexOf', 'substring', 'split', 'join'],
  ...['all', 'exists', 'exists_one', 'map', 'filter'],
]);

/** Calls that take their place, written by `prepare`. */
export const REPLACED_CALLS: ReadonlyMap<string, string> = new Map([['matches', 'matches_linear']]);

/** The CEL of tasks: what the library has, plus what doubles need. */
export const environment: Environment = new Environment({
  unlistedVariablesAreDyn: true,
  homogeneousAggregateLiterals: false,
  limits: { maxAstNodes: EXPRESSION_LIMITS.nodes, maxDepth: EXPRESSION_LIMITS.depth },
})
  .registerOperator('double % double', (a: number, b: number) => a % b)
  .registerFunction('string.indexOf(string, double): double', (text: string, part: string, from: number) =>
    text.indexOf(part, from),
  )
  .registerFunction(
    'string.lastIndexOf(string, double): double',
    (text: string, part: string, from: number) => text.lastIndexOf(part, from),
  )
  .registerFunction('string.substring(double): string', (text: string, from: number) => text.substring(from))
  .registerFunction('string.substring(double, double): string', (text: string, from: number, to: number) =>
    text.substring(from, to),
  )
  .registerFunction(
    'string.split(string, double): list<string>',
    (text: string, separator: string, limit: number) => splitAtMost(text, separator, limit),
  )
  .registerFunction('string.matches_linear(string): bool', (text: string, pattern: string) => {
    spendWork(stepsToMatch(pattern, text));
    return matchesLinear(pattern, text);
  });

/** CEL's meaning: the last part keeps the rest; a negative limit is none. */
function splitAtMost(text: string, separator: string, limit: number): string[] {
  const parts = text.split(separator);
  if (limit === 0) return [];
  if (limit < 0 || parts.length <= limit) return parts;
  return [...parts.slice(0, limit - 1), parts.slice(limit - 1).join(separator)];
}
