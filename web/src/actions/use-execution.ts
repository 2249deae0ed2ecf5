import { queryOptions, useQuery } from '@tanstack/react-query';
import type { ExecutionReport } from '../../../src/engine/report.ts';
import type { ViewSource } from '../../../src/inspection/documents.ts';
import { metaQuery } from '../api/queries.ts';
import { getJson } from '../api/request.ts';
import { type LiveStep, liveSteps, waitsIn } from './live-steps.ts';

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

/** Whether a step waits for a signal now. Only asks again while there is something that could. */
export function useWaitsForSignal(execution: string, mayWait: boolean): boolean {
  const source = useQuery({ ...sourceQuery(execution), enabled: mayWait });
  const definition = source.data?.pinned.definition;
  const hasWaits = definition?.phases.some(({ steps }) => steps.some(({ kind }) => kind === 'wait')) ?? false;
  const isAsked = mayWait && hasWaits;
  const report = useQuery({
    ...reportQuery(execution),
    enabled: isAsked,
    refetchInterval: isAsked ? 3_000 : false,
  });
  if (!isAsked || definition === undefined || report.data === undefined) return false;
  return waitsIn(liveSteps(report.data, definition)).length > 0;
}

/** In whose name a person acts: as the server's user is called, until it is changed here. */
export function useUser(): string {
  return useQuery(metaQuery).data?.user ?? '';
}
