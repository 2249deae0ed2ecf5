import type { OutputSpec } from '../definition.ts';
import type { OutputDraft } from '../draft.ts';
import { REFUSED_KEYS } from '../source/located.ts';
import { type PlacedText, shift } from '../source/place.ts';
import { splitDash, trim } from '../source/split.ts';
import type { BuildContext, Position } from './context.ts';
import { buildDividedExpression } from './expressions.ts';
import { withoutAbsent } from './policies.ts';

/** Outputs of a phase or of the task. */
export function buildOutputs(
  drafts: readonly OutputDraft[],
  position: Position,
  context: BuildContext,
): OutputSpec[] {
  const outputs = new Map<string, OutputSpec>();
  for (const draft of drafts) {
    const output = buildOutput(draft, position, context);
    if (output === undefined) continue;
    if (outputs.has(output.name)) {
      context.report.add(draft.text.place, 'DUPLICATE_KEY', `the output '${output.name}' stands here twice`);
    }
    outputs.set(output.name, output);
  }
  return [...outputs.values()];
}

function buildOutput(draft: OutputDraft, position: Position, context: BuildContext): OutputSpec | undefined {
  const { name, expression, description } = divide(draft);
  if (!/^[\w-]{1,100}$/.test(name.text) || REFUSED_KEYS.has(name.text)) {
    const hint = "write one word, then an expression after ':' or a description after ' - '";
    context.report.add(
      name.place,
      'BAD_NAME',
      `'${name.text.slice(0, 80)}' cannot be the name of an output`,
      hint,
    );
    return undefined;
  }
  if (expression === undefined) return withoutAbsent({ name: name.text, description });
  const built = buildDividedExpression(expression, position, context);
  return (
    built &&
    withoutAbsent({ name: name.text, expression: built.expression, description: description ?? built.rest })
  );
}

/** `name: EXPR`, `name - description` or the parts that the draft has already. */
function divide({ text, expression, description }: OutputDraft): {
  name: PlacedText;
  expression: PlacedText | undefined;
  description: string | undefined;
} {
  if (expression !== undefined || description !== undefined)
    return { name: unquote(text), expression, description };
  const named = /^(`[^`]*`|[^\s:`]+)\s*:\s+/.exec(text.text);
  if (named !== null) {
    const [whole, name = ''] = named;
    const rest = trim({ text: text.text.slice(whole.length), place: shift(text.place, whole.length) });
    return { name: unquote({ text: name, place: text.place }), expression: rest, description: undefined };
  }
  const { head, tail } = splitDash(text);
  return { name: unquote(head), expression: undefined, description: tail?.text };
}

function unquote(name: PlacedText): PlacedText {
  const inner = /^`([^`]*)`$/.exec(name.text)?.[1];
  return inner === undefined ? name : { text: inner, place: shift(name.place, 1) };
}
