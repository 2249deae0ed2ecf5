import type { Position } from './context.ts';

/** What expressions and templates may name in each place of a phase. */
export interface PhasePositions {
  /** `when` and `forEach`: the phase has not begun. */
  readonly before: Position;
  /** Agent and custom steps; `item` in a `forEach` phase. */
  readonly step: Position;
  /** Barriers run once, so there is no `item`. Outputs of the phase are the same. */
  readonly barrier: Position;
}

export function positionsIn(phase: string, hasItems: boolean): PhasePositions {
  const before = ['input', 'phases', 'outputs', 'execution'];
  const barrier = ['input', 'phases', 'outputs', 'results', 'execution'];
  return {
    before: { phase, roots: before },
    step: { phase, roots: hasItems ? [...barrier, 'item'] : barrier },
    barrier: { phase, roots: barrier },
  };
}

/** Outputs of the whole task. */
export const TASK_POSITION: Position = {
  phase: undefined,
  roots: ['input', 'phases', 'outputs', 'execution'],
};
