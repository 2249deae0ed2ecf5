import type { SQLInputValue } from 'node:sqlite';
import { inOneCase } from './search.ts';
import type { HistoryQuery, SpanQuery } from './store.ts';

/** A query as SQL over the table of executions. */
export interface Condition {
  /** `WHERE …`, or nothing. */
  readonly where: string;
  readonly values: readonly SQLInputValue[];
}

export function conditionOf({ status, task, since, until, search = '' }: HistoryQuery): Condition {
  const parts: string[] = [];
  const values: SQLInputValue[] = [];
  if (status !== undefined) {
    parts.push(`status IN (${status.map(() => '?').join(', ')})`);
    values.push(...status);
  }
  if (task !== undefined) {
    parts.push('task = ?');
    values.push(task);
  }
  if (since !== undefined) {
    parts.push('started_at >= ?');
    values.push(since);
  }
  if (until !== undefined) {
    parts.push('started_at < ?');
    values.push(until);
  }
  if (search !== '') {
    parts.push('(instr(lower(id), ?) > 0 OR instr(lower(task), ?) > 0)');
    values.push(inOneCase(search), inOneCase(search));
  }
  return { where: parts.length === 0 ? '' : `WHERE ${parts.join(' AND ')}`, values };
}

/** Status and how many, by status. */
export function countsOf(query: HistoryQuery): {
  readonly sql: string;
  readonly values: readonly SQLInputValue[];
} {
  const { where, values } = conditionOf(query);
  const { since, until, search = '' } = query;
  // These are kept for each task and status.
  const isKept = since === undefined && until === undefined && search === '';
  const what = isKept ? 'sum(count) AS count FROM counts' : 'count(*) AS count FROM executions';
  const sql = `SELECT status, ${what} ${where} GROUP BY status HAVING count > 0`;
  return { sql, values };
}

/** The rows of a page, in order. What is skipped is skipped along an index that has all the filter looks at; only the page's rows are read. */
export function pageOf(query: HistoryQuery): {
  readonly sql: string;
  readonly values: readonly SQLInputValue[];
} {
  const { where, values } = conditionOf(query);
  const order = query.order === 'attention' ? `attention, ${NEWEST}` : NEWEST;
  const sql = `SELECT * FROM executions WHERE id IN (
      SELECT id FROM executions INDEXED BY ${indexFor(query)} ${where} ORDER BY ${order} LIMIT ? OFFSET ?
    ) ORDER BY ${order}`;
  return { sql, values: [...values, query.limit ?? NO_LIMIT, query.offset ?? 0] };
}

/** @param what columns of `executions e`, and of `tallies t` where `join` adds them */
export function spansOf(
  { task, since, until, limit }: SpanQuery,
  what: string,
  join = '',
): { readonly sql: string; readonly values: readonly SQLInputValue[] } {
  const parts: string[] = [];
  const values: SQLInputValue[] = [];
  if (task !== undefined) {
    parts.push('e.task = ?');
    values.push(task);
  }
  if (until !== undefined) {
    parts.push('e.started_at < ?');
    values.push(until);
  }
  if (since !== undefined) {
    parts.push('(e.ended_at IS NULL OR e.ended_at >= ?)');
    values.push(since);
  }
  const where = parts.length === 0 ? '' : `WHERE ${parts.join(' AND ')}`;
  const sql = `SELECT ${what} FROM executions e ${join} ${where} ORDER BY e.started_at DESC, e.id DESC LIMIT ?`;
  return { sql, values: [...values, limit ?? NO_LIMIT] };
}

const NEWEST = 'started_at DESC, id DESC';

/** A negative LIMIT is none: https://www.sqlite.org/lang_select.html */
const NO_LIMIT = -1;

/** It has the rows in the order that is asked for; the planner might sort all that match. */
function indexFor({ order }: HistoryQuery): string {
  return order === 'attention' ? 'executions_by_attention' : 'executions_by_start';
}
