import type { Reaction, RetryPolicy, RollbackTarget, TaskDefinition } from '../definition.ts';
import { type Located, nameKind } from '../source/located.ts';
import type { Place } from '../source/place.ts';
import type { Report } from '../source/report.ts';
import { Fields } from './fields.ts';

/** Retries where only some of the settings are given. */
const RETRY_DEFAULTS: RetryPolicy = {
  maxAttempts: 3,
  backoffMs: 1000,
  factor: 2,
  maxBackoffMs: 300_000,
};

/** The `retry` of a task, phase or step. */
export function buildRetry(fields: Fields, report: Report): RetryPolicy | undefined {
  const map = fields.map('retry');
  if (map === undefined) return undefined;
  const retry = new Fields(map, report);
  const policy = {
    maxAttempts:
      retry.number('maxAttempts', { least: 1, most: 1000, whole: true }) ?? RETRY_DEFAULTS.maxAttempts,
    backoffMs: retry.number('backoffMs', { least: 0 }) ?? RETRY_DEFAULTS.backoffMs,
    factor: retry.number('factor', { least: 1, most: 100 }) ?? RETRY_DEFAULTS.factor,
    maxBackoffMs: retry.number('maxBackoffMs', { least: 0 }) ?? RETRY_DEFAULTS.maxBackoffMs,
  };
  retry.finish('retry');
  return policy;
}

export function buildConcurrency(fields: Fields, report: Report): TaskDefinition['concurrency'] {
  const map = fields.map('concurrency');
  if (map === undefined) return {};
  const limits = new Fields(map, report);
  const concurrency = withoutAbsent({
    phases: limits.number('phases', { least: 1, whole: true }),
    steps: limits.number('steps', { least: 1, most: 1024, whole: true }),
  });
  limits.finish('concurrency');
  return concurrency;
}

export function buildBudget(fields: Fields, report: Report): TaskDefinition['budget'] {
  const map = fields.map('budget');
  if (map === undefined) return undefined;
  const limits = new Fields(map, report);
  const budget = withoutAbsent({
    usd: limits.number('usd', { least: Number.MIN_VALUE }),
    tokens: limits.number('tokens', { least: Number.MIN_VALUE }),
    timeMs: limits.duration('time'),
  });
  limits.finish('budget');
  return budget;
}

/**
 * What follows when something goes against the task: `fail`, `continue`, `rollback`, or a map `{rollback: CHECKPOINT, then}`.
 * `rollback` alone, or to `start`, undoes everything.
 */
export function buildReaction(fields: Fields, key: string, report: Report): Reaction | undefined {
  const value = fields.take(key);
  return value === undefined ? undefined : readReaction(value, key, report);
}

/** @param others words that are good there too, for the message */
export function readReaction(
  value: Located,
  key: string,
  report: Report,
  others: readonly string[] = [],
): Reaction | undefined {
  if (value.kind === 'map') {
    const settings = new Fields(value, report);
    const to = settings.text('rollback');
    const then = settings.text('then');
    settings.finish(key);
    if (to === undefined) {
      report.add(
        value.place,
        'BAD_VALUE',
        `${key} as a map names the checkpoint to go back to: {rollback: NAME}`,
      );
      return undefined;
    }
    if (then !== undefined && then.text !== 'stop' && then.text !== 'continue') {
      report.add(then.place, 'BAD_VALUE', `then is stop or continue, not '${then.text}'`);
      return undefined;
    }
    const rollback = withoutAbsent({
      to: to.text === 'start' ? undefined : to.text,
      // The test above leaves only these.
      afterwards: then?.text as 'stop' | 'continue' | undefined,
    });
    targetPlaces.set(rollback, to.place);
    return { rollback };
  }
  const word = value.kind === 'scalar' ? value.text.trim() : undefined;
  if (word === 'fail' || word === 'continue') return word;
  if (word === 'rollback') return { rollback: {} };
  const said = word === undefined ? nameKind(value) : `'${word}'`;
  report.add(
    value.place,
    'BAD_VALUE',
    `${key} is ${['fail', 'continue', ...others].join(', ')} or rollback, not ${said}`,
  );
  return undefined;
}

const targetPlaces = new WeakMap<RollbackTarget, Place>();

/** Where a checkpoint is named, once all phases are known. */
export function placeOfTarget(target: RollbackTarget): Place | undefined {
  return targetPlaces.get(target);
}

/** Without the keys that have no value, so that equal definitions have equal JSON and equal shape. */
export function withoutAbsent<Value extends object>(value: Value): Value {
  return Object.fromEntries(Object.entries(value).filter(([, part]) => part !== undefined)) as Value;
}
