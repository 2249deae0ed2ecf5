import type { PhaseDefinition, StepDefinition } from '../src/task/definition.ts';

/**
 * The order of work inside a phase: segments of steps that may run side by side, divided by barriers. With `forEach` the
 * steps of a segment run once per item, barriers once. Everything is computed from an index, so that a phase of 10,000
 * items needs no list of 10,000 entries.
 */
export interface Program {
  readonly length: number;
  /** How many of them are agent steps. */
  readonly agentSteps: number;
  /** What runs at the place, from 0. */
  at(index: number): ProgramEntry;
}

export interface ProgramEntry {
  readonly index: number;
  readonly step: StepDefinition;
  /** Place of the item in `forEach`, from 0. */
  readonly item: number | undefined;
  /** Id of this run of the step. */
  readonly run: string;
  readonly barrier: boolean;
  /** The place before which everything had ended when this could start. */
  readonly above: number;
}

interface Segment {
  readonly start: number;
  readonly steps: readonly StepDefinition[];
  readonly barrier: boolean;
  readonly length: number;
}

/** `validation`, `aggregate`, `consensus`, `wait` and `approval` let everything above them end first. */
export function isBarrier(step: StepDefinition): boolean {
  return BARRIERS.has(step.kind);
}

const BARRIERS: ReadonlySet<string> = new Set(['validation', 'aggregate', 'consensus', 'wait', 'approval']);

/** Id of one run of a step: in a `forEach` phase item n (from 0) of `s` is `s_<n+1>`. */
export function runId(step: StepDefinition, item: number | undefined): string {
  return item === undefined ? step.id : `${step.id}_${item + 1}`;
}

const programs = new WeakMap<PhaseDefinition, Map<number | undefined, Program>>();

/** @param itemCount number of `forEach` items; undefined when the phase has none. */
export function programOf(phase: PhaseDefinition, itemCount: number | undefined): Program {
  let known = programs.get(phase);
  if (known === undefined) {
    known = new Map();
    programs.set(phase, known);
  }
  let program = known.get(itemCount);
  if (program === undefined) {
    program = createProgram(phase, itemCount);
    known.set(itemCount, program);
  }
  return program;
}

function createProgram(phase: PhaseDefinition, itemCount: number | undefined): Program {
  const segments = segmentsOf(phase, itemCount);
  const last = segments.at(-1);
  return {
    length: last === undefined ? 0 : last.start + last.length,
    agentSteps: phase.steps.filter((step) => step.kind === 'agent').length * (itemCount ?? 1),
    at(index) {
      const segment = segments.findLast(({ start, length }) => start <= index && index < start + length);
      const offset = index - (segment?.start ?? 0);
      const step = segment?.steps[offset % segment.steps.length];
      if (segment === undefined || step === undefined)
        throw new RangeError(`No step at ${index} in phase ${phase.name}`);
      const repeats = itemCount !== undefined && !segment.barrier;
      const item = repeats ? Math.floor(offset / segment.steps.length) : undefined;
      return {
        index,
        step,
        item,
        run: runId(step, item),
        barrier: segment.barrier,
        above: phase.parallel ? segment.start : index,
      };
    },
  };
}

function segmentsOf(phase: PhaseDefinition, itemCount: number | undefined): Segment[] {
  const segments: Segment[] = [];
  let start = 0;
  let open: StepDefinition[] = [];
  const add = (steps: readonly StepDefinition[], barrier: boolean): void => {
    if (steps.length === 0) return;
    const length = barrier ? 1 : steps.length * (itemCount ?? 1);
    segments.push({ start, steps, barrier, length });
    start += length;
  };
  for (const step of phase.steps) {
    if (isBarrier(step)) {
      add(open, false);
      open = [];
      add([step], true);
    } else {
      open.push(step);
    }
  }
  add(open, false);
  return segments;
}
