import type { ExecutionFilter, ExecutionRow } from '../api/types.ts';
import { sinceOf } from '../parts/time-range.ts';

/** What the address says about the list. */
export interface ListAddress {
  readonly status?: string | undefined;
  readonly task?: string | undefined;
  readonly search?: string | undefined;
  readonly time?: string | undefined;
  readonly order?: string | undefined;
}

/** Pure. `now` in ms since 1970. */
export function filterOf({ status, task, search, time, order }: ListAddress, now: number): ExecutionFilter {
  const statuses = status?.split(',').filter((part) => part !== '');
  return {
    status: statuses === undefined || statuses.length === 0 ? undefined : statuses,
    task,
    search,
    since: sinceOf(time, now),
    order: order === 'newest' ? 'newest' : 'attention',
  };
}

/** Whether the row belongs in the list, as the server would say. Pure. */
export function fits(row: ExecutionRow, { status, task, search, since }: ExecutionFilter): boolean {
  if (status !== undefined && !status.includes(row.status)) return false;
  if (task !== undefined && row.task !== task) return false;
  if (since !== undefined && row.startedAt < since) return false;
  if (search === undefined) return true;
  const wanted = search.toLowerCase();
  return row.id.toLowerCase().includes(wanted) || row.task.toLowerCase().includes(wanted);
}
