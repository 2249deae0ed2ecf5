import type { ExecutionReport } from '../../engine/report.ts';
import type { Attempt } from '../../history/story.ts';

/** Where the time of an execution went. All in ms of the log's time. */
export interface TimeSpent {
  /** From the start to the end, or to the last record. */
  readonly totalMs: number;
  /** While at least one agent was at work. */
  readonly workingMs: number;
  /** While none was: for a host, a backoff, a signal, an evaluation, or being paused. */
  readonly waitingMs: number;
  readonly phases: readonly PhaseTime[];
  readonly steps: ReadonlyMap<string, StepTime>;
}

export interface PhaseTime extends Omit<TimeSpent, 'phases' | 'steps'> {
  readonly name: string;
  /** From the execution's start; null for a phase that has not begun. */
  readonly offsetMs: number | null;
}

export type StepTime = Omit<TimeSpent, 'phases' | 'steps'>;

/** Pure: from what the report says of phases and steps, and from the claims in the log. */
export function timeSpent(report: ExecutionReport, attempts: readonly Attempt[]): TimeSpent {
  const startedAt = Date.parse(report.startedAt);
  const end = startedAt + report.durationMs;
  const byStep = Map.groupBy(attempts, ({ step }) => step);
  const steps = new Map<string, StepTime>();
  const phases = report.phases.map((phase): PhaseTime => {
    const ofPhase = phase.steps.flatMap((step) => byStep.get(step.id) ?? []);
    for (const step of phase.steps) {
      steps.set(step.id, share(step.durationMs ?? 0, byStep.get(step.id) ?? [], end));
    }
    const offsetMs = phase.startedAt === null ? null : Date.parse(phase.startedAt) - startedAt;
    return { name: phase.name, offsetMs, ...share(phase.durationMs ?? 0, ofPhase, end) };
  });
  return { ...share(report.durationMs, attempts, end), phases, steps };
}

function share(totalMs: number, attempts: readonly Attempt[], end: number): StepTime {
  // A claim of an earlier try of the step may lie before what the report counts.
  const workingMs = Math.min(totalMs, covered(attempts, end));
  return { totalMs, workingMs, waitingMs: totalMs - workingMs };
}

/** Length of the union of the attempts' intervals. */
function covered(attempts: readonly Attempt[], end: number): number {
  let sum = 0;
  let reached = Number.NEGATIVE_INFINITY;
  for (const { claimedAt, endedAt } of attempts.toSorted((one, other) => one.claimedAt - other.claimedAt)) {
    const until = endedAt ?? end;
    if (until > reached) sum += until - Math.max(claimedAt, reached);
    reached = Math.max(reached, until);
  }
  return sum;
}
