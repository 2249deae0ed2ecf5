import type { ExecutionReport } from '../../engine/report.ts';
import { reportOf } from '../../engine/report.ts';
import { resolved } from '../../engine/values.ts';
import type { Attempt, Story } from '../../history/story.ts';
import type { Json } from '../../json.ts';
import type { HostPresence } from '../../ports/agent-directory.ts';
import type { ArtifactStore } from '../../ports/artifact-store.ts';
import { type Liveness, livenessDocument, livenessOf } from './liveness.ts';
import { type TimeSpent, timeSpent } from './report-time-spent.ts';

/** All that a report for people shows of an execution. */
export interface ReportDocument {
  readonly report: ExecutionReport;
  readonly attempts: readonly Attempt[];
  readonly time: TimeSpent;
  /** False when it has not ended and no living process goes on with it. */
  readonly isDriven: boolean;
  /** Empty where nobody can be asked. */
  readonly liveness: Liveness;
}

/**
 * @param options.hosts who is at work; absent when that could not be found out
 * @param options.now ms since 1970; what a living process drives is told up to now, else up to the last record
 */
export function documentOf(
  story: Story,
  {
    isDriven,
    now,
    hosts,
  }: {
    readonly isDriven: boolean;
    readonly now: number;
    readonly hosts?: readonly HostPresence[] | undefined;
  },
): ReportDocument {
  const isRunning = isDriven && story.fold.status === 'running';
  const report = reportOf(story.fold, isRunning ? now : undefined);
  const time = timeSpent(report, story.attempts);
  const liveness = hosts === undefined ? new Map() : livenessOf(report, hosts);
  return { report, attempts: story.attempts, time, isDriven, liveness };
}

/**
 * The report with every large value in its place instead of a reference to it, as `--json` and `--markdown` write it. What cannot be
 * fetched any more stays a reference.
 */
export async function withLargeValues(
  report: ExecutionReport,
  artifacts: ArtifactStore,
): Promise<ExecutionReport> {
  const fetch = async (value: Json): Promise<Json> => resolved(value, artifacts).catch(() => value);
  const phases = report.phases.map(async (phase) => ({
    ...phase,
    outputs: (await fetch(phase.outputs)) as ExecutionReport['outputs'],
    steps: await Promise.all(
      phase.steps.map(async (step) => ({ ...step, output: await fetch(step.output) })),
    ),
  }));
  return {
    ...report,
    outputs: (await fetch(report.outputs)) as ExecutionReport['outputs'],
    phases: await Promise.all(phases),
  };
}

/** The report with the three beats of every step that a host holds. */
export function withLiveness(report: ExecutionReport, liveness: Liveness): ExecutionReport {
  const phases = report.phases.map((phase) => ({
    ...phase,
    steps: phase.steps.map((step) => {
      const found = liveness.get(step.id);
      return found === undefined ? step : { ...step, liveness: livenessDocument(found) };
    }),
  }));
  return { ...report, phases };
}
