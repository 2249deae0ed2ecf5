import type { Limit } from '../definition.ts';
import type { Located } from '../source/located.ts';
import type { BuildContext, Position } from './context.ts';
import { buildExpression } from './expressions.ts';
import { Fields } from './fields.ts';
import { isAsking, readPeople } from './people.ts';
import { readReaction, withoutAbsent } from './policies.ts';

/**
 * The `limits` of a phase: a list, each with one thing that is measured (`duration`, `cost`, `tokens`, `failureRate`, `attempts`, or
 * `when` with an expression over `metrics`), and `then`: what follows when it goes beyond.
 */
export function buildLimits(fields: Fields, phase: string, context: BuildContext): Limit[] | undefined {
  const { report } = context;
  const value = fields.take('limits');
  if (value === undefined) return undefined;
  if (value.kind !== 'list') {
    report.add(
      value.place,
      'BAD_VALUE',
      'limits is a list',
      "write '- duration: 10 minutes', with 'then: notify' under it",
    );
    return undefined;
  }
  const names = new Set<string>();
  return value.items.flatMap((item) => {
    const limit = buildLimit(item, phase, context);
    if (limit === undefined) return [];
    if (names.has(limit.name)) {
      report.add(
        item.place,
        'DUPLICATE_KEY',
        `two limits are called '${limit.name}'`,
        'give each a name of its own',
      );
      return [];
    }
    names.add(limit.name);
    return [limit];
  });
}

const MEASURES = ['duration', 'cost', 'tokens', 'failureRate', 'attempts', 'when'] as const;

function buildLimit(item: Located, phase: string, context: BuildContext): Limit | undefined {
  const { report } = context;
  if (item.kind !== 'map') {
    report.add(item.place, 'BAD_VALUE', `a limit is a map such as {duration: 10 minutes, then: notify}`);
    return undefined;
  }
  const settings = new Fields(item, report);
  const given = MEASURES.filter((measure) => settings.take(measure) !== undefined);
  const named = settings.text('name');
  const position: Position = { phase, roots: ['input', 'metrics'] };
  const when = settings.text('when');
  const limit = {
    name: named?.text ?? given[0] ?? '',
    durationMs: settings.duration('duration'),
    usd: settings.number('cost', { least: 0 }),
    tokens: settings.number('tokens', { least: 0 }),
    failureRate: settings.number('failureRate', { least: 0, most: 1 }),
    attempts: settings.number('attempts', { least: 0, whole: true }),
    when: when && buildExpression(when, position, context),
    reaction: readThen(settings, context),
  };
  settings.finish('a limit');
  if (given.length === 1) return withoutAbsent(limit);
  const hint = `one of ${MEASURES.join(', ')}`;
  report.add(item.place, 'BAD_VALUE', `a limit measures one thing, and this one ${given.length}`, hint);
  return undefined;
}

function readThen(settings: Fields, { report }: BuildContext): Limit['reaction'] {
  const value = settings.take('then');
  const word = value?.kind === 'scalar' ? value.text.trim() : undefined;
  if (value === undefined) return 'notify';
  if (isAsking(value)) return { approval: readPeople(value, 'then', report, true) };
  if (word === 'notify' || word === 'slow' || word === 'pause') return word;
  if (word === 'continue') {
    report.add(
      value.place,
      'BAD_VALUE',
      "then is notify, slow, pause, approval, fail or rollback, not 'continue'",
    );
    return 'notify';
  }
  if (word !== undefined && word !== 'fail' && word !== 'rollback') {
    report.add(
      value.place,
      'BAD_VALUE',
      `then is notify, slow, pause, approval, fail or rollback, not '${word}'`,
    );
    return 'notify';
  }
  const reaction = readReaction(value, 'then', report);
  return reaction === undefined || reaction === 'continue' ? 'notify' : reaction;
}
