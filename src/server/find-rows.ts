import type { HistoryEntry } from '../history/entry.ts';
import type { ServerAccess } from './access.ts';
import { rowsOf } from './rows.ts';
import type { Row } from './schemas/executions.ts';

export interface RowQuery {
  readonly status?: readonly string[] | undefined;
  readonly task?: string | undefined;
  /** In the id or the name of the task; upper and lower case are the same. */
  readonly search?: string | undefined;
  /** Started at this time or later, and before that one; ms since 1970. */
  readonly since?: number | undefined;
  readonly until?: number | undefined;
  readonly offset: number;
  readonly limit: number;
  /** `attention`: what runs, then what waits for a person, then what stands still, then what has ended; each newest first. */
  readonly order: 'attention' | 'newest';
}

export interface FoundRows {
  readonly executions: Row[];
  /** Of the whole query, not of the page. */
  readonly total: number;
  readonly byStatus: { [status: string]: number };
}

/** A page of the executions that a query asks for. */
export async function findRows(access: ServerAccess, query: RowQuery): Promise<FoundRows> {
  const { status, task, since } = query;
  const all = (await access.history.list({ status, task, since })).filter((entry) =>
    isAskedFor(entry, query),
  );
  const byStatus: { [status: string]: number } = {};
  for (const entry of all) byStatus[entry.status] = (byStatus[entry.status] ?? 0) + 1;
  const rows = query.order === 'attention' ? await inOrderOfAttention(access, all) : all;
  const page = rows.slice(query.offset, query.offset + query.limit);
  return { executions: [...(await rowsOf(access, page))], total: all.length, byStatus };
}

function isAskedFor({ id, task, startedAt }: HistoryEntry, { search, until }: RowQuery): boolean {
  if (until !== undefined && startedAt >= until) return false;
  const text = search?.toLowerCase();
  return text === undefined || id.toLowerCase().includes(text) || task.toLowerCase().includes(text);
}

async function inOrderOfAttention(
  access: ServerAccess,
  entries: readonly HistoryEntry[],
): Promise<readonly HistoryEntry[]> {
  const live = await rowsOf(
    access,
    entries.filter(({ endedAt }) => endedAt === null),
  );
  const place = new Map(live.map(({ id, attention }) => [id, RANK[attention]]));
  // The sort is stable, so each group stays newest first.
  return entries.toSorted((a, b) => (place.get(a.id) ?? RANK.ended) - (place.get(b.id) ?? RANK.ended));
}

const RANK: { readonly [attention in Row['attention']]: number } = {
  running: 0,
  person: 1,
  still: 2,
  ended: 3,
};
