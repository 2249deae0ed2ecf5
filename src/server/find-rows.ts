import type { HistoryQuery } from '../history/store.ts';
import type { ServerAccess } from './access.ts';
import { rowsOf } from './rows.ts';
import type { Row } from './schemas/executions.ts';

export interface FoundRows {
  readonly executions: Row[];
  /** Of the whole query, not of the page. */
  readonly total: number;
  readonly byStatus: { [status: string]: number };
  /** Older ones that are still being read. */
  readonly behind: number;
}

/** A page of the executions that a query asks for. */
export async function findRows(access: ServerAccess, query: HistoryQuery): Promise<FoundRows> {
  const { entries, behind } = await access.history.glance(query);
  const [rows, { total, byStatus }] = await Promise.all([
    rowsOf(access, entries),
    access.history.count(query),
  ]);
  return { executions: [...rows], total, byStatus: { ...byStatus }, behind };
}
