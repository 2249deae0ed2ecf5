import type { PhaseDefinition, StepDefinition, TaskDefinition } from '../definition.ts';

export interface PhaseSize {
  /** Milliseconds, or steps that follow one another. */
  readonly length: number;
  /** Steps that can be at work at once. */
  readonly width: number;
}

/** How long and how wide each phase is; in milliseconds when anything in the task has an estimate. */
export function sizePhases({ phases, concurrency }: TaskDefinition): {
  sizes: ReadonlyMap<string, PhaseSize>;
  unit: 'ms' | 'steps';
} {
  const hasEstimates = phases.some(
    ({ estimateMs, steps }) =>
      estimateMs !== undefined || steps.some((step) => step.estimateMs !== undefined),
  );
  const lengthOf = (step: StepDefinition) => (hasEstimates ? (step.estimateMs ?? 0) : 1);
  const stepLimit = concurrency.steps ?? DEFAULT_STEP_LIMIT;
  const sizes = phases.map((phase) => {
    const segments = segmentsOf(phase);
    const computed = segments.reduce((sum, steps) => sum + Math.max(...steps.map(lengthOf)), 0);
    const width = Math.max(0, ...segments.map((steps) => Math.min(steps.length, stepLimit)));
    return [phase.name, { length: phase.estimateMs ?? computed, width }] as const;
  });
  return { sizes: new Map(sizes), unit: hasEstimates ? 'ms' : 'steps' };
}

/** Live steps of a phase where the task says nothing. */
const DEFAULT_STEP_LIMIT = 64;

const BARRIERS: ReadonlySet<StepDefinition['kind']> = new Set([
  'validation',
  'aggregate',
  'wait',
  'approval',
  'consensus',
  'wait',
]);

/** Steps that may run side by side, one group after the other: barriers stand alone. Never an empty group. */
function segmentsOf({ steps, parallel }: PhaseDefinition): StepDefinition[][] {
  const segments: StepDefinition[][] = [];
  let open: StepDefinition[] | undefined;
  for (const step of steps) {
    const standsAlone = !parallel || BARRIERS.has(step.kind);
    if (standsAlone) {
      segments.push([step]);
      open = undefined;
    } else if (open === undefined) {
      open = [step];
      segments.push(open);
    } else {
      open.push(step);
    }
  }
  return segments;
}
