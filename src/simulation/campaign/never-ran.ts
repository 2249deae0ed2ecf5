import type { Json } from '../../json.ts';
import type { TaskDefinition } from '../../task/definition.ts';
import type { RunResult } from './run-result.ts';

/** A phase or a step that no run came to. */
export interface NeverRan {
  readonly phase: string;
  /** Absent: the whole phase. */
  readonly step?: string | undefined;
  readonly why: string;
  readonly when?: string | undefined;
  /** What `when` saw, each different set of values once, at most five. */
  readonly saw: readonly { readonly [path: string]: Json }[];
}

/** Pure. Nothing for no runs. */
export function neverRan(task: TaskDefinition, runs: readonly RunResult[]): readonly NeverRan[] {
  if (runs.length === 0) return [];
  const ran = new Set(runs.flatMap(({ steps }) => steps.map(({ phase, step }) => `${phase}/${step}`)));
  return task.phases.flatMap((phase): readonly NeverRan[] => {
    const spans = runs.flatMap(({ phases }) => phases.filter(({ name }) => name === phase.name));
    const begun = spans.filter(({ status }) => status !== 'pending' && status !== 'skipped');
    if (begun.length === 0) {
      const skipped = spans.filter(({ status }) => status === 'skipped');
      return [
        {
          phase: phase.name,
          why: skipped.length > 0 ? 'its when was never true' : 'no run came so far',
          when: phase.when,
          saw: distinct(skipped.flatMap(({ saw }) => (saw === undefined ? [] : [saw]))).slice(0, 5),
        },
      ];
    }
    return phase.steps
      .filter(({ id }) => !ran.has(`${phase.name}/${id}`))
      .map(({ id }) => ({ phase: phase.name, step: id, why: 'its phase never came to it', saw: [] }));
  });
}

function distinct<Value>(values: readonly Value[]): readonly Value[] {
  return [...new Map(values.map((value) => [JSON.stringify(value), value])).values()];
}
