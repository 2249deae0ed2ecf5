import { queryOptions, useQuery } from '@tanstack/react-query';
import type { ExecutionReport } from '../../../src/engine/report.ts';
import type { ViewSource } from '../../../src/inspection/documents.ts';
import { metaQuery } from '../api/queries.ts';
import { getJson } from '../api/request.ts';
import { type LiveStep, liveSteps } from './live-steps.ts';

function reportQuery(execution: string) {
  return queryOptions({
    queryKey: ['execution', execution, 'report'],
    queryFn: ({ signal }) =>
      getJson<ExecutionReport>(`/api/executions/${encodeURIComponent(execution)}`, signal),
    staleTime: 0,
  });
}

function sourceQuery(execution: string) {
  return queryOptions({
    queryKey: ['source', execution],
    queryFn: ({ signal }) =>
      getJson<ViewSource>(`/api/executions/${encodeURIComponent(execution)}/source`, signal),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export interface OpenedExecution {
  readonly report: ExecutionReport | undefined;
  readonly source: ViewSource | undefined;
  readonly live: readonly LiveStep[];
  readonly error: unknown;
}

/** An execution as it stands now, for a dialog that acts on it. */
export function useExecution(execution: string): OpenedExecution {
  const report = useQuery({ ...reportQuery(execution), refetchInterval: 3_000 });
  const source = useQuery(sourceQuery(execution));
  return {
    report: report.data,
    source: source.data,
    live:
      report.data === undefined || source.data === undefined
        ? []
        : liveSteps(report.data, source.data.pinned.definition),
    error: report.error ?? source.error,
  };
}

/** In whose name a person acts: as the server's user is called, until it is changed here. */
export function useUser(): string {
  return useQuery(metaQuery).data?.user ?? '';
}
