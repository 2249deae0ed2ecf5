import type { RunResult } from './run-result.ts';

/** Two runs in which the agents gave the same answers, and that came to different outputs: the result depends on timing. */
export interface DifferingOutputs {
  readonly seeds: readonly [number, number];
  /** The first step or phase, in file order, that went differently: `step decide: succeeded and cancelled`. */
  readonly first: string;
  /** Outputs that differ, by name. */
  readonly outputs: readonly string[];
}

export interface OutputCounts {
  /** Different final outputs among the runs that completed. */
  readonly distinct: number;
  readonly differing: readonly DifferingOutputs[];
}

/** Looks at the runs that completed. One pair of seeds per set of answers. Pure. */
export function compareOutputs(runs: readonly RunResult[]): OutputCounts {
  const completed = runs.filter(({ outcome }) => outcome === 'completed');
  const byAnswers = new Map<string, RunResult[]>();
  for (const run of completed) {
    const key = answersOf(run);
    const group = byAnswers.get(key);
    if (group === undefined) byAnswers.set(key, [run]);
    else group.push(run);
  }
  const differing: DifferingOutputs[] = [];
  for (const [first, ...others] of byAnswers.values()) {
    if (first === undefined) continue;
    const other = others.find((run) => outputsOf(run) !== outputsOf(first));
    if (other !== undefined) differing.push(difference(first, other));
  }
  return { distinct: new Set(completed.map(outputsOf)).size, differing };
}

/** What each agent that was asked in both runs would answer is the same where this is the same: steps with their last answer. */
function answersOf({ steps }: RunResult): string {
  const answers = steps.flatMap(({ run, answer }) => (answer === null ? [] : [`${run} ${answer}`]));
  return answers.sort().join('\n');
}

function outputsOf({ outputs }: RunResult): string {
  return JSON.stringify(Object.entries(outputs).sort(([one], [other]) => (one < other ? -1 : 1)));
}

function difference(one: RunResult, other: RunResult): DifferingOutputs {
  const names = new Set([...Object.keys(one.outputs), ...Object.keys(other.outputs)]);
  return {
    seeds: [one.seed, other.seed],
    first: firstDifference(one, other),
    outputs: [...names].filter(
      (name) => JSON.stringify(one.outputs[name]) !== JSON.stringify(other.outputs[name]),
    ),
  };
}

function firstDifference(one: RunResult, other: RunResult): string {
  for (const [at, phase] of one.phases.entries()) {
    const theirs = other.phases[at];
    const steps = (run: RunResult) =>
      new Map(run.steps.filter((step) => step.phase === phase.name).map((step) => [step.run, step]));
    const [mine, yours] = [steps(one), steps(other)];
    for (const run of new Set([...mine.keys(), ...yours.keys()])) {
      const [a, b] = [mine.get(run)?.status ?? 'not run', yours.get(run)?.status ?? 'not run'];
      if (a !== b) return `step ${run} (phase ${phase.name}): ${a} and ${b}`;
    }
    if (phase.status !== theirs?.status) return `phase ${phase.name}: ${phase.status} and ${theirs?.status}`;
    const order = (run: RunResult) =>
      run.steps
        .filter((step) => step.phase === phase.name)
        .map((step) => step.run)
        .join(', ');
    if (order(one) !== order(other))
      return `phase ${phase.name}, by the order in which its steps ended: ${order(one)} and ${order(other)}`;
  }
  return 'no step and no phase: only the values differ';
}
