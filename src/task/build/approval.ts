import type { ApprovalAsk, ApprovalStep, Subject } from '../definition.ts';
import type { BulletDraft } from '../draft.ts';
import { type Located, type LocatedMap, nameKind } from '../source/located.ts';
import type { PlacedText } from '../source/place.ts';
import { lineOf } from './agent-steps.ts';
import { oneLine } from './barrier-steps.ts';
import type { BuildContext, Position } from './context.ts';
import { buildExpression, checkTemplate } from './expressions.ts';
import { Fields } from './fields.ts';
import { readNames, readTimes } from './people.ts';
import { buildReaction, withoutAbsent } from './policies.ts';
import type { StepIds } from './step-ids.ts';
import type { PhaseSurroundings } from './steps.ts';
import { titleOf } from './title.ts';

/** What the builders of one approval need of what is around it. */
type Around = Pick<PhaseSurroundings, 'context' | 'ids' | 'positions'>;

/** `approval: QUESTION` */
export function buildApproval(bullet: BulletDraft, around: PhaseSurroundings): ApprovalStep | undefined {
  const question = oneLine(bullet.text);
  const fields = new Fields(bullet.settings, around.context.report);
  const step = readApproval(question, fields, around);
  return step && withoutAbsent({ ...step, line: lineOf(bullet) });
}

/** The phase option `approval`: a question before the steps of the phase, as a text or with its settings. */
export function buildGate(
  value: Located | undefined,
  {
    context,
    ids,
    positions,
  }: { context: BuildContext; ids: StepIds; positions: PhaseSurroundings['positions'] },
): ApprovalStep | undefined {
  if (value === undefined) return undefined;
  const { report } = context;
  if (value.kind === 'list') {
    report.add(
      value.place,
      'BAD_VALUE',
      `approval is a question or a map of settings, not ${nameKind(value)}`,
    );
    return undefined;
  }
  const map: LocatedMap = value.kind === 'map' ? value : { kind: 'map', place: value.place, entries: [] };
  const fields = new Fields(map, report);
  const question =
    value.kind === 'map' ? fields.text('question') : { text: value.text.trim(), place: value.place };
  if (question === undefined || question.text === '') {
    const hint = "give it a 'question'";
    report.add(value.place, 'BAD_VALUE', 'the approval asks nothing', hint);
    return undefined;
  }
  const step = readApproval(question, fields, { context, ids, positions });
  return step && withoutAbsent({ ...step, line: lineOf({ place: value.place }) });
}

function readApproval(
  question: PlacedText,
  fields: Fields,
  { context, ids, positions }: Around,
): ApprovalStep | undefined {
  const { report } = context;
  const id = fields.text('id')?.text;
  const estimateMs = fields.duration('estimate');
  const ask = readAsk(question, fields, positions.barrier, context);
  fields.finish('an approval');
  if (question.text === '') {
    report.add(question.place, 'BAD_VALUE', 'the approval asks nothing', "write 'approval: QUESTION'");
    return undefined;
  }
  return withoutAbsent({
    id: ids.claim(question.text, id),
    kind: 'approval' as const,
    title: titleOf(question.text),
    ask,
    estimateMs,
  });
}

function readAsk(
  question: PlacedText,
  fields: Fields,
  position: Position,
  context: BuildContext,
): ApprovalAsk {
  const { report } = context;
  checkTemplate(question, position, context);
  return withoutAbsent({
    question: question.text,
    approvers: readNames(fields, 'approvers', report),
    subject: readSubject(fields, position, context),
    ...readTimes(fields, report),
    onReject: buildReaction(fields, 'onReject', report),
  });
}

function readSubject(fields: Fields, position: Position, context: BuildContext): Subject | undefined {
  const value = fields.take('subject');
  if (value === undefined) return undefined;
  if (value.kind !== 'map') {
    const expression = buildExpression(fields.text('subject'), position, context);
    return expression === undefined ? undefined : { expression };
  }
  const settings = new Fields(value, context.report);
  const files = settings.texts('files') ?? [];
  settings.finish('a subject');
  if (files.length === 0) {
    const hint = 'write an expression, or {files: [PATH, ...]}';
    context.report.add(value.place, 'BAD_VALUE', 'the subject names no file', hint);
    return undefined;
  }
  for (const { text, place } of files) {
    if (
      !/^([/\\]|[A-Za-z]:)/.test(text) &&
      !text.split(/[/\\]/).includes('..') &&
      text !== '' &&
      text.length <= 1024
    )
      continue;
    const hint = 'paths are relative to the working directory of whoever runs the task';
    context.report.add(
      place,
      'BAD_VALUE',
      `'${text.slice(0, 80)}' is no path inside the working directory`,
      hint,
    );
  }
  return { files: files.map(({ text }) => text) };
}
