import { AGGREGATE_KINDS } from '../aggregate.ts';
import type { AggregateStep, CustomStep, ValidationStep, WaitStep } from '../definition.ts';
import type { BulletDraft } from '../draft.ts';
import { toPlain } from '../source/located.ts';
import type { PlacedText } from '../source/place.ts';
import { splitDash, unmark } from '../source/split.ts';
import { suggest } from '../suggest.ts';
import { lineOf } from './agent-steps.ts';
import type { BuildContext } from './context.ts';
import { buildDividedExpression } from './expressions.ts';
import { Fields } from './fields.ts';
import { buildRetry, withoutAbsent } from './policies.ts';
import { readSchema } from './step-values.ts';
import type { PhaseSurroundings } from './steps.ts';
import { titleOf } from './title.ts';

/** `validation: EXPR - message` */
export function buildValidation(bullet: BulletDraft, around: PhaseSurroundings): ValidationStep | undefined {
  const { context, ids, positions } = around;
  const source = oneLine(bullet.text);
  const fields = new Fields(bullet.settings, context.report);
  const id = fields.text('id')?.text;
  const given = fields.text('message')?.text;
  const estimateMs = fields.duration('estimate');
  fields.finish('a validation');
  const built = buildDividedExpression(source, positions.barrier, context);
  if (built === undefined) return undefined;
  const message = given ?? built.rest;
  return withoutAbsent({
    id: ids.claim(message ?? `validate ${built.expression}`, id),
    kind: 'validation' as const,
    title: titleOf(source.text),
    expression: built.expression,
    message,
    estimateMs,
    line: lineOf(bullet),
  });
}

/** `aggregate: KIND - text` */
export function buildAggregate(bullet: BulletDraft, around: PhaseSurroundings): AggregateStep | undefined {
  const { context, ids } = around;
  const { head, tail } = splitDash(oneLine(bullet.text));
  const kind = unmark(head);
  const fields = new Fields(bullet.settings, context.report);
  const id = fields.text('id')?.text;
  const options = fields.object('input');
  const estimateMs = fields.duration('estimate');
  fields.finish('an aggregate');
  if (!checkAggregate(kind, context)) return undefined;
  return withoutAbsent({
    id: ids.claim(tail?.text ?? `aggregate ${kind.text}`, id),
    kind: 'aggregate' as const,
    title: titleOf(tail?.text ?? kind.text),
    aggregate: kind.text,
    options,
    estimateMs,
    line: lineOf(bullet),
  });
}

/** `wait: SIGNAL - text` */
export function buildWait(bullet: BulletDraft, around: PhaseSurroundings): WaitStep | undefined {
  const { context, ids } = around;
  const { head, tail } = splitDash(oneLine(bullet.text));
  const signal = unmark(head);
  const fields = new Fields(bullet.settings, context.report);
  const id = fields.text('id')?.text;
  const timeoutMs = fields.duration('timeout');
  const schema = readSchema(fields, 'schema', context);
  const estimateMs = fields.duration('estimate');
  fields.finish('a wait');
  if (!/^\S{1,256}$/.test(signal.text)) {
    context.report.add(signal.place, 'BAD_NAME', 'a signal is one word', "write 'wait: SIGNAL - text'");
    return undefined;
  }
  return withoutAbsent({
    id: ids.claim(tail?.text ?? `wait ${signal.text}`, id),
    kind: 'wait' as const,
    title: titleOf(tail?.text ?? signal.text),
    signal: signal.text,
    schema,
    timeoutMs,
    estimateMs,
    line: lineOf(bullet),
  });
}

/** A registered kind; settings that the language does not know are its parameters. */
export function buildCustom(bullet: BulletDraft, kind: string, around: PhaseSurroundings): CustomStep {
  const { context, ids } = around;
  const fields = new Fields(bullet.settings, context.report);
  const step = {
    id: ids.claim(`${kind} ${bullet.text.text}`, fields.text('id')?.text),
    kind: 'custom' as const,
    // Whole: this is what the kind's program gets.
    title: bullet.text.text,
    strategy: kind,
    timeoutMs: fields.duration('timeout'),
    retry: buildRetry(fields, context.report),
    estimateMs: fields.duration('estimate'),
  };
  const rest = fields.rest();
  // A map becomes an object.
  const parameters = rest.entries.length === 0 ? undefined : (toPlain(rest) as Record<string, unknown>);
  return withoutAbsent({ ...step, parameters, line: lineOf(bullet) });
}

function checkAggregate(kind: PlacedText, { report, known }: BuildContext): boolean {
  const kinds = [...AGGREGATE_KINDS, ...known.aggregates];
  if (kinds.includes(kind.text)) return true;
  const hint = () => suggest(kind.text, kinds, 'known are');
  report.add(kind.place, 'UNKNOWN_AGGREGATE', `no aggregate is called '${kind.text}'`, hint);
  return false;
}

/** A wrapped bullet is one line. */
export function oneLine({ text, place }: PlacedText): PlacedText {
  // Not by a pattern such as `\s*\n`, which tries a long run of spaces from each of them.
  const lines = text.split('\n').map((line, index) => (index === 0 ? line.trimEnd() : line.trim()));
  return { text: lines.filter((line, index) => index === 0 || line !== '').join(' '), place };
}
