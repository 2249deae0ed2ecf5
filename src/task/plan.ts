import type { PhaseDefinition, StepDefinition, TaskDefinition } from './definition.ts';
import { heaviestAntichain } from './plan/antichain.ts';
import { longestPath } from './plan/longest-path.ts';
import { type PhaseSize, sizePhases } from './plan/phase-size.ts';
import { rolesOf } from './roles.ts';

/** What a task will do and in which order, told from its definition alone. Plain JSON. */
export interface Plan {
  readonly task: string;
  readonly version: string;
  /** Phases by how many others stand in line before them. A wave's phases wait for none of each other. */
  readonly waves: readonly (readonly PlannedPhase[])[];
  /** The chain of phases that decides how long the task takes. */
  readonly criticalPath: CriticalPath;
  /** The longest chain of phases by number. */
  readonly longestChain: readonly string[];
  readonly maxParallelism: {
    /** Phases that can be at work at once. */
    readonly phases: number;
    /** Steps that can be at work at once; a `forEach` phase counts one item. */
    readonly steps: number;
  };
  /** Every role that has a step, sorted. Templates (`{{ item.agent }}`) are as written. */
  readonly agents: readonly string[];
}

export interface PlannedPhase {
  readonly name: string;
  readonly dependsOn: readonly string[];
  readonly parallel: boolean;
  readonly agents: readonly string[];
  readonly steps: readonly PlannedStep[];
  /** See {@link CriticalPath.unit}. */
  readonly length: number;
  /** The expression whose items the steps are repeated for; their number is known when the task runs. */
  readonly forEach?: string | undefined;
  readonly when?: string | undefined;
}

export interface PlannedStep {
  readonly id: string;
  readonly kind: StepDefinition['kind'];
  readonly title: string;
  readonly agent?: string | undefined;
}

export interface CriticalPath {
  readonly phases: readonly string[];
  readonly length: number;
  /** `ms` when the task has estimates (what has none counts 0); else `steps` that follow one another. */
  readonly unit: 'ms' | 'steps';
}

/** Computes the plan of a task whose phases have no cycles. Pure. */
export function planTask(task: TaskDefinition): Plan {
  const { sizes, unit } = sizePhases(task);
  const sizeOf = (phase: PhaseDefinition) => sizes.get(phase.name) ?? NOTHING;
  const critical = longestPath(task.phases, (phase) => sizeOf(phase).length);
  const chain = longestPath(task.phases, () => 1);
  const phaseLimit = task.concurrency.phases ?? Number.POSITIVE_INFINITY;
  return {
    task: task.name,
    version: task.version,
    waves: wavesOf(task.phases, (phase) => planPhase(phase, sizeOf(phase).length)),
    criticalPath: { phases: critical.names, length: critical.length, unit },
    longestChain: chain.names,
    maxParallelism: {
      phases: Math.min(
        phaseLimit,
        heaviestAntichain(task.phases, () => 1),
      ),
      steps: widestSteps(task, (phase) => sizeOf(phase).width),
    },
    agents: [...new Set(task.phases.flatMap(agentsOf))].sort(),
  };
}

const NOTHING: PhaseSize = { length: 0, width: 0 };

function planPhase(phase: PhaseDefinition, length: number): PlannedPhase {
  const { name, dependsOn, parallel, forEach, when } = phase;
  return {
    name,
    dependsOn,
    parallel,
    agents: [...new Set(agentsOf(phase))],
    steps: phase.steps.map((step) => ({
      id: step.id,
      kind: step.kind,
      title: step.title,
      ...(step.kind === 'agent' ? { agent: step.agent } : {}),
    })),
    length,
    ...(forEach === undefined ? {} : { forEach }),
    ...(when === undefined ? {} : { when }),
  };
}

function agentsOf({ steps }: PhaseDefinition): string[] {
  return steps.flatMap(rolesOf);
}

function wavesOf<Planned>(
  phases: readonly PhaseDefinition[],
  plan: (phase: PhaseDefinition) => Planned,
): Planned[][] {
  const depths = longestPath(phases, () => 1).lengths;
  const waves: Planned[][] = [];
  for (const phase of phases) {
    const wave = (depths.get(phase.name) ?? 1) - 1;
    for (let count = waves.length; count <= wave; count++) waves.push([]);
    waves[wave]?.push(plan(phase));
  }
  return waves;
}

/** With a limit of phases, at most its number of the widest phases. */
function widestSteps(task: TaskDefinition, widthOf: (phase: PhaseDefinition) => number): number {
  const unlimited = heaviestAntichain(task.phases, widthOf);
  if (task.concurrency.phases === undefined) return unlimited;
  const widest = task.phases.map(widthOf).sort((a, b) => b - a);
  return Math.min(
    unlimited,
    widest.slice(0, task.concurrency.phases).reduce((sum, width) => sum + width, 0),
  );
}
