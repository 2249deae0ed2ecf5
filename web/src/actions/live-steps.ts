import type { ExecutionReport, StepReport } from '../../../src/engine/report.ts';
import type {
  ConsensusStep,
  StepDefinition,
  TaskDefinition,
  WaitStep,
} from '../../../src/task/definition.ts';

/** A step that is open now, with its definition as it was pinned. */
export interface LiveStep<Definition = StepDefinition | undefined> {
  readonly phase: string;
  readonly report: StepReport;
  readonly definition: Definition;
}

const OVER = new Set(['pending', 'succeeded', 'failed', 'cancelled', 'undone', 'skipped']);

/** Steps that work or wait now, in the plan's order. Pure. */
export function liveSteps(
  { phases }: Pick<ExecutionReport, 'phases'>,
  definition: Pick<TaskDefinition, 'phases'>,
): readonly LiveStep[] {
  const byId = new Map(
    definition.phases.flatMap(({ steps }) => steps.map((step) => [step.id, step] as const)),
  );
  return phases.flatMap(({ name, steps }) =>
    steps
      .filter(({ status }) => !OVER.has(status))
      .map((report) => ({
        phase: name,
        report,
        // In a forEach phase the run of step `s` for item n is `s_n`.
        definition: byId.get(report.id) ?? byId.get(report.id.replace(/_\d+$/, '')),
      })),
  );
}

function waitsIn(steps: readonly LiveStep[]): readonly LiveStep<WaitStep>[] {
  return steps.filter((step): step is LiveStep<WaitStep> => step.definition?.kind === 'wait');
}

export function pollsIn(steps: readonly LiveStep[]): readonly LiveStep<ConsensusStep>[] {
  return steps.filter((step): step is LiveStep<ConsensusStep> => step.definition?.kind === 'consensus');
}

/** Names of signals that steps which have not ended wait for, or will; those that are waited for now come first. */
export function signalsIn(
  report: Pick<ExecutionReport, 'phases'>,
  definition: Pick<TaskDefinition, 'phases'>,
): readonly { readonly name: string; readonly isWaitedFor: boolean; readonly schema: WaitStep['schema'] }[] {
  const now = new Set(waitsIn(liveSteps(report, definition)).map((step) => step.definition.signal));
  const ended = new Set(
    report.phases.flatMap(({ steps }) =>
      steps.filter(({ status }) => status !== 'pending' && OVER.has(status)).map(({ id }) => id),
    ),
  );
  const byName = new Map<string, WaitStep>();
  for (const step of definition.phases.flatMap(({ steps }) => steps))
    if (step.kind === 'wait' && !ended.has(step.id) && !byName.has(step.signal))
      byName.set(step.signal, step);
  return [...byName]
    .map(([name, { schema }]) => ({ name, schema, isWaitedFor: now.has(name) }))
    .sort((a, b) => Number(b.isWaitedFor) - Number(a.isWaitedFor));
}

/** Those that a person may finish by hand: not what people or voters decide. */
export function completableIn(steps: readonly LiveStep[]): readonly LiveStep[] {
  return steps.filter(({ report: { kind } }) => kind !== 'approval' && kind !== 'consensus');
}
