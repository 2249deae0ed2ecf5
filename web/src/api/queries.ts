import { queryOptions } from '@tanstack/react-query';
import { getJson, pathWith } from './request.ts';
import type {
  AgentsView,
  ExecutionFilter,
  ExecutionList,
  Meta,
  PendingApproval,
  SubjectDiff,
  TaskSummary,
  TaskView,
} from './types.ts';

export const PAGE_ROWS = 100;

export const metaQuery = queryOptions({
  queryKey: ['meta'],
  queryFn: ({ signal }) => getJson<Meta>('/api/meta', signal),
  staleTime: Number.POSITIVE_INFINITY,
});

/** Rows from `offset`. The feed keeps them up to date, so they are never out of date by themselves. */
export function executionsQuery(filter: ExecutionFilter, offset: number, limit = PAGE_ROWS) {
  return queryOptions({
    queryKey: ['executions', filter, offset, limit],
    queryFn: ({ signal }) =>
      getJson<ExecutionList>(pathWith('/api/executions', { ...filter, offset, limit }), signal),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** How many there are, in all and by status. */
export function countsQuery(filter: ExecutionFilter) {
  return queryOptions({
    queryKey: ['execution-counts', filter],
    queryFn: async ({ signal }) => {
      const path = pathWith('/api/executions', { ...filter, limit: 1 });
      const { total, byStatus } = await getJson<ExecutionList>(path, signal);
      return { total, byStatus };
    },
    placeholderData: (before) => before,
  });
}

export const approvalsQuery = queryOptions({
  queryKey: ['approvals'],
  queryFn: async ({ signal }) =>
    (await getJson<{ readonly approvals: readonly PendingApproval[] }>('/api/approvals', signal)).approvals,
});

/** The feed sets it; until it has spoken, the list is counted. */
export const approvalCountQuery = queryOptions({
  queryKey: ['approval-count'],
  queryFn: async ({ client }) => (await client.fetchQuery(approvalsQuery)).length,
  staleTime: Number.POSITIVE_INFINITY,
});

export function subjectDiffQuery(execution: string, step: string, digest: string | undefined) {
  return queryOptions({
    queryKey: ['subject-diff', execution, step, digest],
    queryFn: ({ signal }) =>
      getJson<SubjectDiff>(
        `/api/executions/${encodeURIComponent(execution)}/approvals/${encodeURIComponent(step)}/diff`,
        signal,
      ),
  });
}

export const agentsQuery = queryOptions({
  queryKey: ['agents'],
  queryFn: ({ signal }) => getJson<AgentsView>('/api/agents', signal),
  refetchInterval: 2_000,
});

export const tasksQuery = queryOptions({
  queryKey: ['tasks'],
  queryFn: async ({ signal }) =>
    (await getJson<{ readonly tasks: readonly TaskSummary[] }>('/api/tasks', signal)).tasks,
  staleTime: 30_000,
});

export function taskQuery(name: string) {
  return queryOptions({
    queryKey: ['tasks', name],
    queryFn: ({ signal }) => getJson<TaskView>(`/api/tasks/${encodeURIComponent(name)}`, signal),
  });
}
