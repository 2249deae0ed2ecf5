import { Fold } from '../../engine/fold.ts';
import { taskRules } from '../../engine/rules.ts';
import type { LogRecord } from '../../ports/event-log.ts';
import type { Outside } from '../deadlock/outside.ts';
import { findDeadlock, type Standstill } from '../deadlock.ts';

/**
 * What an execution that a deadline ended was stuck with just before: null when something else could still have come then, or when
 * no deadline ended it. Found by folding the log again up to that moment. Pure.
 *
 * @param ended the fold of the whole log
 */
export function brokenOffStandstill(
  records: readonly LogRecord[],
  ended: Fold,
  outside: Outside,
): Standstill | null {
  const [first] = records;
  const endedAt = ended.context.endedAt;
  const last = records.findLast(
    ({ type, at }) => type === 'timer.fired' && (endedAt === undefined || at <= endedAt),
  );
  if (first === undefined || last === undefined) return null;
  const fold = Fold.begin(first, ended.pinned, ended.world.input, taskRules);
  for (const record of records.slice(1)) {
    if (record.position >= last.position) break;
    fold.apply(record);
  }
  const verdict = findDeadlock(fold, outside, { despiteDeadlines: true });
  return verdict.kind === 'deadlock' || verdict.kind === 'waiting' ? verdict : null;
}
