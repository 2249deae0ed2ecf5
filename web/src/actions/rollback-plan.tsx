import { useQuery } from '@tanstack/react-query';
import { getJson, pathWith } from '../api/request.ts';
import type { RollbackPreview } from '../api/types.ts';
import { Problem } from '../parts/problem.tsx';
import { Skeleton } from '../parts/skeleton.tsx';
import { StatusShape } from '../parts/status-mark.tsx';
import styles from './rollback-plan.module.css';

/** To a checkpoint, one step alone, or everything. */
export type RollbackRequest =
  | { readonly to: string; readonly step?: undefined; readonly all?: undefined }
  | { readonly step: string; readonly to?: undefined; readonly all?: undefined }
  | { readonly all: true; readonly to?: undefined; readonly step?: undefined };

/** What a rollback would do, in its order, before it is asked for. */
export function RollbackPlan({
  execution,
  request,
}: {
  readonly execution: string;
  readonly request: RollbackRequest;
}) {
  const { data, error } = useQuery({
    queryKey: ['execution', execution, 'rollback-plan', request],
    queryFn: ({ signal }) =>
      getJson<RollbackPreview>(
        pathWith(`/api/executions/${encodeURIComponent(execution)}/rollback-plan`, { ...request }),
        signal,
      ),
  });
  if (error !== null) return <Problem error={error} />;
  if (data === undefined) return <Skeleton lines={3} />;
  const { plan, left, draining } = data;
  return (
    <section className={styles.plan} aria-label="What would be undone">
      {draining.length === 0 ? null : (
        <p className="muted">{`First ${draining.join(', ')} ${draining.length === 1 ? 'has' : 'have'} to end.`}</p>
      )}
      {plan.length === 0 ? (
        <p>Nothing was done that has to be undone.</p>
      ) : (
        <ol className={styles.list}>
          {plan.map(({ step, compensation, agent, uncertain }) => (
            <li key={compensation} className={styles.row}>
              <StatusShape tone="undoing" />
              <span className="mono">{step}</span>
              <span className="muted">
                {agent === null ? '' : `by ${agent}`}
                {uncertain ? ' · may never have happened' : ''}
              </span>
            </li>
          ))}
        </ol>
      )}
      {left.length === 0 ? null : (
        <>
          <h3>Stays as it is</h3>
          <ul className={styles.list}>
            {left.map(({ step, effect }) => (
              <li key={step} className={styles.row}>
                <StatusShape tone="waiting" />
                <span className="mono">{step}</span>
                <span className="muted">{effect}, nothing undoes it</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}
