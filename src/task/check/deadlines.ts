import { peopleOf } from '../asks.ts';
import type { BuiltPhase } from '../build/phase.ts';
import type { TaskDefinition } from '../definition.ts';
import { formatDuration } from '../duration.ts';
import type { Report } from '../source/report.ts';

/** Warns of people who are given more time than their phase or their task has. */
export function checkDeadlines(
  phases: readonly BuiltPhase[],
  { maxExecutionTimeMs }: Pick<TaskDefinition, 'maxExecutionTimeMs'>,
  report: Report,
): void {
  for (const { definition, place } of phases) {
    for (const step of definition.steps) {
      const { deadlineMs = 0, onDeadline } = peopleOf(step) ?? {};
      const more =
        typeof onDeadline === 'object' && 'escalate' in onDeadline ? onDeadline.escalate.withinMs : 0;
      const total = deadlineMs + more;
      for (const [what, ms] of [
        ['the timeout of its phase', definition.timeoutMs],
        ['maxExecutionTime', maxExecutionTimeMs],
      ] as const) {
        if (ms === undefined || total <= ms) continue;
        const message = `the ${step.kind === 'approval' ? 'approval' : 'deadlock of the vote'} '${step.id}' has ${formatDuration(total)}, but ${what} is ${formatDuration(ms)}`;
        report.add(place, 'NEVER_DUE', message, 'raise the one or lower the other');
      }
    }
  }
}
