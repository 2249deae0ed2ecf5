import { keepPreviousData, useQueries, useQueryClient } from '@tanstack/react-query';
import { useCallback, useState } from 'react';
import { useArrivals } from '../api/feed.ts';
import { executionsQuery, PAGE_ROWS } from '../api/queries.ts';
import type { ExecutionFilter, ExecutionRow } from '../api/types.ts';
import { fits } from './filter.ts';

export interface Rows {
  /** Undefined until the first page is there. */
  readonly total: number | undefined;
  /** Undefined while its page is being read. */
  at(index: number): ExecutionRow | undefined;
  readonly error: Error | null;
  /** Executions that started since the list was read, and belong in it. */
  readonly newCount: number;
  /** Reads the list again, new ones in their places. */
  refresh(): void;
  /** Says which rows are looked at, so that their pages are read. */
  show(first: number, last: number): void;
}

/** Pages that are kept at hand around what is looked at. */
const MOST_PAGES = 6;

/**
 * The rows of the list, a page at a time. They keep their places while they change; what is new waits until it is asked for.
 */
export function useRows(filter: ExecutionFilter): Rows {
  const client = useQueryClient();
  const arrivals = useArrivals();
  const [range, setRange] = useState({ first: 0, last: 0 });
  const pages = pagesOf(range.first, range.last);
  const results = useQueries({
    queries: pages.map((page) => ({
      ...executionsQuery(filter, page * PAGE_ROWS),
      placeholderData: keepPreviousData,
    })),
  });
  const byPage = new Map(pages.map((page, at) => [page, results[at]]));
  const first = byPage.get(0) ?? results[0];
  const lists = results.map(({ data }) => data);
  const known = new Set(lists.flatMap((list) => list?.executions.map(({ id }) => id) ?? []));
  const readAt = first?.dataUpdatedAt ?? 0;
  const newCount =
    readAt === 0
      ? 0
      : [...arrivals.values()].filter(
          (row) => row.startedAt >= readAt - 1_000 && !known.has(row.id) && fits(row, filter),
        ).length;
  const show = useCallback((from: number, to: number) => {
    setRange((before) => (isSamePages(before, from, to) ? before : { first: from, last: to }));
  }, []);
  return {
    total: lists.find((list) => list !== undefined)?.total,
    at: (index) => byPage.get(Math.floor(index / PAGE_ROWS))?.data?.executions[index % PAGE_ROWS],
    error: results.find(({ error }) => error !== null)?.error ?? null,
    newCount,
    refresh: () => void client.invalidateQueries({ queryKey: ['executions'] }),
    show,
  };
}

function pagesOf(first: number, last: number): readonly number[] {
  const from = Math.max(0, Math.floor((first - 20) / PAGE_ROWS));
  const to = Math.floor((last + 20) / PAGE_ROWS);
  return Array.from({ length: Math.min(MOST_PAGES, to - from + 1) }, (_, at) => from + at);
}

function isSamePages(
  before: { readonly first: number; readonly last: number },
  first: number,
  last: number,
): boolean {
  return pagesOf(before.first, before.last).join() === pagesOf(first, last).join();
}
