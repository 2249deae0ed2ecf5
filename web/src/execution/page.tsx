import { useQuery } from '@tanstack/react-query';
import type { ExecutionReport } from '../../../src/engine/report.ts';
import { getJson } from '../api/request.ts';
import { StatusMark } from '../parts/status-mark.tsx';
import type { PlaceProps } from '../routes.tsx';

export default function ExecutionPage({ params: { id = '' } }: PlaceProps) {
  const { data } = useQuery({
    queryKey: ['execution', id],
    queryFn: ({ signal }) => getJson<ExecutionReport>(`/api/executions/${encodeURIComponent(id)}`, signal),
  });
  return (
    <>
      <h1>{data?.task ?? id}</h1>
      {data === undefined ? null : <StatusMark status={data.status} />}
    </>
  );
}
