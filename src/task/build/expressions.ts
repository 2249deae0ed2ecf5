import { TroupeError } from '../../errors.ts';
import { splitExpression } from '../expression/prefix.ts';
import { parseExpression } from '../expression.ts';
import { type PlacedText, shift } from '../source/place.ts';
import { suggest } from '../suggest.ts';
import { isTemplate, templateRoots } from '../template.ts';
import type { BuildContext, Position } from './context.ts';

/** An expression and the text after it; a problem is reported and gives undefined. */
export function buildDividedExpression(
  source: PlacedText,
  position: Position,
  context: BuildContext,
): { expression: string; rest: string | undefined } | undefined {
  const isKnown = (root: string) => position.roots.includes(root) || context.requirements.has(root);
  const split = splitExpression(source, isKnown);
  if (split.problem === undefined) {
    context.uses.push({ source: split.expression, kind: 'expression', position });
    return { expression: split.expression.text, rest: split.rest?.text };
  }
  const { kind, place, error } = split.problem;
  if (kind === 'root') reportUnknownRoot(error, place, position, context);
  else context.report.add(place.place, 'BAD_EXPRESSION', error);
  return undefined;
}

/** A text that is an expression as a whole. */
export function buildExpression(
  source: PlacedText | undefined,
  position: Position,
  context: BuildContext,
): string | undefined {
  if (source === undefined) return undefined;
  try {
    for (const root of parseExpression(source.text).roots) checkRoot(root, source, position, context);
    context.uses.push({ source, kind: 'expression', position });
    return source.text;
  } catch (error) {
    if (!(error instanceof TroupeError)) throw error;
    context.report.add(source.place, 'BAD_EXPRESSION', error.message, error.hint);
    return undefined;
  }
}

/** Checks the templates in a text. */
export function checkTemplate(source: PlacedText, position: Position, context: BuildContext): void {
  if (!isTemplate(source.text)) return;
  try {
    for (const root of templateRoots(source.text)) checkRoot(root, source, position, context);
    context.uses.push({ source, kind: 'template', position });
  } catch (error) {
    if (!(error instanceof TroupeError)) throw error;
    context.report.add(source.place, 'BAD_TEMPLATE', error.message, error.hint);
  }
}

function checkRoot(root: string, source: PlacedText, position: Position, context: BuildContext): void {
  if (position.roots.includes(root) || context.requirements.has(root)) return;
  reportUnknownRoot(root, source, position, context);
}

function reportUnknownRoot(
  root: string,
  source: PlacedText,
  position: Position,
  context: BuildContext,
): void {
  const known = [...position.roots, ...context.requirements];
  const hint = () => suggest(root, known, 'known here are');
  context.report.add(
    placeOfWord(root, source, /[\w.]/),
    'UNKNOWN_ROOT',
    `nothing here is called '${root}'`,
    hint,
  );
}

/** Where a name first stands in a text, as a word of its own that does not follow on one of these characters. */
export function placeOfWord(word: string, source: PlacedText, notAfter = /\w/): PlacedText['place'] {
  for (let at = source.text.indexOf(word); at >= 0; at = source.text.indexOf(word, at + 1)) {
    const before = source.text[at - 1] ?? ' ';
    const after = source.text[at + word.length] ?? ' ';
    if (notAfter.test(before) || /\w/.test(after)) continue;
    const lines = source.text.slice(0, at).split('\n');
    const column = lines.at(-1)?.length ?? 0;
    if (lines.length === 1) return shift(source.place, column);
    return { ...source.place, line: source.place.line + lines.length - 1, column: column + 1 };
  }
  return source.place;
}
