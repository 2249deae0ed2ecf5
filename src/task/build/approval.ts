import type { ApprovalAsk, ApprovalStep, DeadlineReaction, Subject } from '../definition.ts';
import type { BulletDraft } from '../draft.ts';
import { type Located, type LocatedMap, nameKind } from '../source/located.ts';
import type { PlacedText } from '../source/place.ts';
import type { Report } from '../source/report.ts';
import { lineOf } from './agent-steps.ts';
import { oneLine } from './barrier-steps.ts';
import type { BuildContext, Position } from './context.ts';
import { buildExpression, checkTemplate } from './expressions.ts';
import { Fields } from './fields.ts';
import { buildReaction, readReaction, withoutAbsent } from './policies.ts';
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
  const deadlineMs = fields.duration('deadline');
  const ask = {
    question: question.text,
    approvers: readNames(fields, 'approvers', report),
    subject: readSubject(fields, position, context),
    deadlineMs,
    onDeadline: readOnDeadline(fields, report),
    remindMs: fields.duration('remind'),
    escalate: readEscalation(fields, report),
    delegation: fields.boolean('delegation'),
    onReject: buildReaction(fields, 'onReject', report),
  };
  const hasDeadline = fields.take('deadline') !== undefined;
  const hasBranch = fields.take('onDeadline') !== undefined;
  if (hasDeadline && !hasBranch) {
    const hint =
      "add 'onDeadline': fail, continue, approve, reject, rollback, or a map with 'rollback' or 'escalate'";
    report.add(
      fields.placeOf('deadline'),
      'MISSING_BRANCH',
      'the deadline does not say what follows when nobody has decided by then',
      hint,
    );
  }
  if (hasBranch && !hasDeadline) {
    report.add(fields.placeOf('onDeadline'), 'BAD_VALUE', 'onDeadline stands without a deadline');
  }
  return withoutAbsent(ask);
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

function readOnDeadline(fields: Fields, report: Report): DeadlineReaction | undefined {
  const value = fields.take('onDeadline');
  if (value?.kind !== 'map' || !value.entries.some(({ key }) => key.text === 'escalate'))
    return value === undefined ? undefined : readLast(value, 'onDeadline', report);
  const settings = new Fields(value, report);
  const to = readNames(settings, 'escalate', report);
  const withinMs = settings.duration('within');
  const then = settings.take('then');
  const afterwards = then === undefined ? undefined : readLast(then, 'then', report);
  settings.finish('onDeadline');
  if (to !== undefined && withinMs !== undefined && afterwards !== undefined)
    return { escalate: { to, withinMs, afterwards } };
  if (settings.take('within') === undefined || then === undefined) {
    const hint = 'write {escalate: [NAME], within: 1 day, then: fail}';
    report.add(
      value.place,
      'MISSING_BRANCH',
      'escalate needs to say within what time, and what comes then',
      hint,
    );
  }
  return undefined;
}

function readLast(
  value: Located,
  key: string,
  report: Report,
): Exclude<DeadlineReaction, { escalate: unknown }> | undefined {
  const word = value.kind === 'scalar' ? value.text.trim() : undefined;
  if (word === 'approve' || word === 'reject') return word;
  return readReaction(value, key, report, ['approve', 'reject']);
}

function readEscalation(fields: Fields, report: Report): ApprovalAsk['escalate'] {
  const map = fields.map('escalate');
  if (map === undefined) return undefined;
  const settings = new Fields(map, report);
  const afterMs = settings.duration('after');
  const to = readNames(settings, 'to', report);
  settings.finish('escalate');
  if (afterMs !== undefined && to !== undefined) return { afterMs, to };
  if (settings.take('after') === undefined || settings.take('to') === undefined) {
    const hint = 'write {after: 1 day, to: [NAME]}';
    report.add(map.place, 'BAD_VALUE', 'escalate says after what time, and to whom', hint);
  }
  return undefined;
}

/** Of people and groups. */
function readNames(fields: Fields, key: string, report: Report): string[] | undefined {
  const names = fields.texts(key);
  if (names === undefined) return undefined;
  if (names.length === 0) {
    report.add(
      fields.placeOf(key),
      'BAD_VALUE',
      `${key} names nobody`,
      'leave it out where anyone may decide',
    );
    return undefined;
  }
  for (const { text, place } of names) {
    if (/^(group:)?[^\p{C}\s:][^\p{C}:]{0,119}$/u.test(text)) continue;
    const hint = "write a name, or 'group:NAME' for a group of the configuration";
    report.add(place, 'BAD_NAME', `'${text.slice(0, 80)}' cannot be the name of a person or a group`, hint);
  }
  return [...new Set(names.map(({ text }) => text))];
}
