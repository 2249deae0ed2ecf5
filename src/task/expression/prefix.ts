import { TroupeError } from '../../errors.ts';
import { parseExpression } from '../expression.ts';
import type { PlacedText } from '../source/place.ts';
import { shift } from '../source/place.ts';
import { trim } from '../source/split.ts';
import { EXPRESSION_LIMITS } from './limits.ts';

export type SplitExpression =
  | { readonly expression: PlacedText; readonly rest: PlacedText | undefined; readonly problem?: undefined }
  | {
      readonly problem: {
        readonly kind: 'syntax' | 'root';
        readonly place: PlacedText;
        readonly error: string;
      };
    };

/**
 * Divides `EXPR - text`: the expression is the longest prefix, ending at the end or before ` - `, that parses and
 * uses only known roots; `amount > 0 - Amount` would otherwise be a subtraction. Backticks around the expression
 * settle it.
 */
export function splitExpression(source: PlacedText, isKnown: (root: string) => boolean): SplitExpression {
  const quoted = /^`([^`]*)`(?:\s+-\s+([\s\S]*))?$/.exec(source.text);
  if (quoted !== null) {
    const [, text = '', rest] = quoted;
    const expression = trim({ text, place: shift(source.place, 1) });
    const restPlace = shift(source.place, source.text.length - (rest?.length ?? 0));
    return judge(expression, rest === undefined ? undefined : { text: rest, place: restPlace }, isKnown);
  }
  let shortestThatParses: SplitExpression | undefined;
  let result: SplitExpression | undefined;
  for (const [end, next] of dividers(source.text)) {
    const expression = trim({ text: source.text.slice(0, end), place: source.place });
    if (expression.text.length > EXPRESSION_LIMITS.characters && next !== undefined) continue;
    const rest =
      next === undefined
        ? undefined
        : trim({ text: source.text.slice(next), place: shift(source.place, next) });
    result = judge(expression, rest, isKnown);
    if (result.problem === undefined) return result;
    if (result.problem.kind === 'root') shortestThatParses = result;
  }
  // There is always the whole text as a candidate.
  return shortestThatParses ?? (result as SplitExpression);
}

/** Ends of the candidates, longest first, with where the rest begins. */
function dividers(text: string): [end: number, next: number | undefined][] {
  const ends = Array.from(text.matchAll(/\s-\s/g), ({ 0: dash, index }): [number, number] => {
    return [index, index + dash.length];
  });
  return [[text.length, undefined], ...ends.reverse().slice(0, MAX_DIVIDERS)];
}

/** Of a text with more dashes only the longest prefixes are tried. */
const MAX_DIVIDERS = 200;

function judge(
  expression: PlacedText,
  rest: PlacedText | undefined,
  isKnown: (root: string) => boolean,
): SplitExpression {
  try {
    const unknown = parseExpression(expression.text).roots.find((root) => !isKnown(root));
    if (unknown === undefined) return { expression, rest };
    return { problem: { kind: 'root', place: expression, error: unknown } };
  } catch (error) {
    if (!(error instanceof TroupeError)) throw error;
    return { problem: { kind: 'syntax', place: expression, error: error.message } };
  }
}
