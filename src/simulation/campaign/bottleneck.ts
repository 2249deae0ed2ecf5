import { criticalPath } from '../../inspection/critical-path.ts';
import type { RunResult } from './run-result.ts';
import { meanOf } from './statistics.ts';

/** How much a phase decides how long the task takes. */
export interface PhaseWeight {
  readonly phase: string;
  /** Share of the runs in which it is on the critical path. */
  readonly onCriticalPath: number;
  /** Its mean share of the makespan, 0 in runs in which it is not on the critical path. */
  readonly ofMakespan: number;
  /** Mean of how long it takes, of the runs in which it began; in ms. */
  readonly meanMs: number;
}

/** The phases that decide, the bottleneck first; each run's critical path is the one it really took. Pure. */
export function weighPhases(runs: readonly RunResult[]): readonly PhaseWeight[] {
  const names = [...new Set(runs.flatMap(({ phases }) => phases.map(({ name }) => name)))];
  const paths = runs.map((run) => ({
    makespan: run.durationMs,
    spans: criticalPath(run.phases.filter(({ status }) => status !== 'pending' && status !== 'skipped')),
  }));
  const weights = names.map((phase): PhaseWeight => {
    const shares = paths.map(({ makespan, spans }) => {
      const span = spans.find(({ name }) => name === phase);
      return span === undefined || makespan === 0 ? 0 : (span.endedAt - span.startedAt) / makespan;
    });
    const times = runs.flatMap(({ phases }) =>
      phases.flatMap(({ name, status, startedAt, endedAt }) =>
        name === phase && status !== 'pending' && status !== 'skipped' ? [endedAt - startedAt] : [],
      ),
    );
    return {
      phase,
      onCriticalPath: meanOf(paths.map(({ spans }) => (spans.some(({ name }) => name === phase) ? 1 : 0))),
      ofMakespan: meanOf(shares),
      meanMs: meanOf(times),
    };
  });
  return weights.sort((one, other) => other.ofMakespan - one.ofMakespan);
}
