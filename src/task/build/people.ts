import { lastReactionOf } from '../asks.ts';
import type { ApprovalAsk, DeadlineReaction, People } from '../definition.ts';
import type { Located } from '../source/located.ts';
import type { Report } from '../source/report.ts';
import { Fields } from './fields.ts';
import { readReaction, withoutAbsent } from './policies.ts';

/** Who is asked and how long they have, whatever asks: a step of its own, or a setting. */

/** How long people have, and what happens meanwhile. */
export function readTimes(fields: Fields, report: Report): Omit<People, 'approvers'> {
  const times = {
    deadlineMs: fields.duration('deadline'),
    onDeadline: readOnDeadline(fields, report),
    remindMs: fields.duration('remind'),
    escalate: readEscalation(fields, report),
    delegation: fields.boolean('delegation'),
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
  return times;
}

/** Whether the setting asks people: `approval`, or `{approval: …}`. */
export function isAsking(value: Located): boolean {
  return value.kind === 'map'
    ? value.entries.some(({ key }) => key.text === 'approval')
    : value.kind === 'scalar' && value.text.trim() === 'approval';
}

/**
 * The people whom something else than a step asks: `approval` where anyone may, or `{approval: [NAME], deadline, onDeadline, …}` with
 * the settings of an approval. `{approval: true, …}` is anyone too.
 *
 * @param mayRollBack whether a deadline may have what was done undone
 */
export function readPeople(value: Located, key: string, report: Report, mayRollBack: boolean): People {
  if (value.kind !== 'map') return {};
  const fields = new Fields(value, report);
  const names = fields.take('approval');
  const isAnyone = names?.kind === 'scalar' && names.value === true;
  const approvers = isAnyone ? undefined : readNames(fields, 'approval', report);
  const people = withoutAbsent({ approvers, ...readTimes(fields, report) });
  const last = lastReactionOf(people.onDeadline);
  if (last === 'continue' || (typeof last === 'object' && !mayRollBack)) {
    const words = `approve, reject, fail${mayRollBack ? ', rollback' : ''} or escalate`;
    report.add(fields.placeOf('onDeadline'), 'BAD_VALUE', `onDeadline is ${words} here`);
  }
  fields.finish(key);
  return people;
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
export function readNames(fields: Fields, key: string, report: Report): string[] | undefined {
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
