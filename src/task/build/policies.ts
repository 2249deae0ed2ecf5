import type { RetryPolicy, TaskDefinition } from '../definition.ts';
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

/** `fail` or `continue`; `rollback` needs a later version. */
export function buildOnFailure(fields: Fields, report: Report): 'fail' | 'continue' | undefined {
  const value = fields.text('onFailure');
  if (value === undefined || value.text === 'fail' || value.text === 'continue') {
    // The two tests leave only these.
    return value?.text as 'fail' | 'continue' | undefined;
  }
  if (value.text === 'rollback') {
    report.add(
      value.place,
      'NOT_YET_SUPPORTED',
      'onFailure: rollback needs compensations, which are not supported yet',
    );
  } else {
    report.add(value.place, 'BAD_VALUE', `onFailure is fail or continue, not '${value.text}'`);
  }
  return undefined;
}

/** Without the keys that have no value, so that equal definitions have equal JSON and equal shape. */
export function withoutAbsent<Value extends object>(value: Value): Value {
  return Object.fromEntries(Object.entries(value).filter(([, part]) => part !== undefined)) as Value;
}
