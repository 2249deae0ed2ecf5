import { useEffect, useSyncExternalStore } from 'react';
import type { ServerEvent } from './event-block.ts';
import { queryClient } from './query-client.ts';
import { followEvents, type StreamState } from './server-events.ts';
import { currentToken, useToken } from './token.ts';
import type { ExecutionList, ExecutionRow } from './types.ts';
import { withRows } from './with-rows.ts';

/**
 * What the server tells of all executions, put into the cache: rows change where they stand, and never move. Rows of executions that
 * started after a list was read are kept aside, for the list to announce.
 */

const REFRESH_EVERY_MS = 2_000;
/** The newest that are kept for lists that may want to announce them. */
const ARRIVALS_KEPT = 2_000;

const listeners = new Set<() => void>();
let state: StreamState = 'connecting';
let arrivals: ReadonlyMap<string, ExecutionRow> = new Map();

/** Once, in the frame. */
export function useFeed(): void {
  const token = useToken();
  useEffect(() => {
    if (token !== currentToken()) return;
    const stop = new AbortController();
    void followEvents('/api/feed', { onEvent: take, onState: changeState, signal: stop.signal });
    return () => stop.abort();
  }, [token]);
}

/** Whether the page hears the server. */
export function useConnection(): StreamState {
  return useSyncExternalStore(subscribe, () => state);
}

/** The last state of each execution that changed while the page was open, newest last. */
export function useArrivals(): ReadonlyMap<string, ExecutionRow> {
  return useSyncExternalStore(subscribe, () => arrivals);
}

function take({ event, data }: ServerEvent): void {
  if (event === 'executions') takeRows(JSON.parse(data) as readonly ExecutionRow[]);
  else if (event === 'approvals') {
    const { count } = JSON.parse(data) as { readonly count: number };
    queryClient.setQueryData(['approval-count'], count);
    void queryClient.invalidateQueries({ queryKey: ['approvals'] });
  }
}

function takeRows(rows: readonly ExecutionRow[]): void {
  const changed = new Map(rows.map((row) => [row.id, row]));
  for (const { queryKey, state: read } of queryClient.getQueryCache().findAll({ queryKey: ['executions'] })) {
    // When it was read stays: what started later is what the list announces as new.
    queryClient.setQueryData<ExecutionList>(queryKey, (list) => withRows(list, changed), {
      updatedAt: read.dataUpdatedAt,
    });
  }
  const next = new Map(arrivals);
  for (const [id, row] of changed) {
    next.delete(id);
    next.set(id, row);
  }
  const tooMany = next.size - ARRIVALS_KEPT;
  for (const id of [...next.keys()].slice(0, Math.max(0, tooMany))) next.delete(id);
  arrivals = next;
  notify();
  refreshSoon();
}

let refreshTimer: ReturnType<typeof setTimeout> | undefined;

/** Counts and what hangs on them, at most every two seconds. */
function refreshSoon(): void {
  if (refreshTimer !== undefined) return;
  refreshTimer = setTimeout(() => {
    refreshTimer = undefined;
    void queryClient.invalidateQueries({ queryKey: ['execution-counts'] });
  }, REFRESH_EVERY_MS);
}

function changeState(next: StreamState): void {
  const isBack = next === 'live' && (state === 'reconnecting' || state === 'stopped');
  const isFirst = next === 'live' && state === 'connecting';
  state = next;
  // Whatever was missed: the feed resumes, but what is not in it may have changed too.
  if (isBack) void queryClient.invalidateQueries();
  // What was read before the feed began may have changed in between.
  else if (isFirst) void queryClient.invalidateQueries({ queryKey: ['executions'] });
  notify();
}

function notify(): void {
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
