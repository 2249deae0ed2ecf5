import type { AgentStep, PhaseDefinition, TaskDefinition } from '../../task/definition.ts';
import { drawFrom } from '../agents/distribution.ts';

/** Where the time that a step takes comes from. */
export type DurationSource =
  | {
      readonly kind: 'history';
      readonly samples: readonly number[] /** Of the step itself, or of its role elsewhere in the task. */;
      readonly of: 'step' | 'role';
    }
  | { readonly kind: 'estimate'; readonly ms: number }
  /** Neither: up to a second, so that no order of what happens at once is sure. */
  | { readonly kind: 'none' };

export interface DurationOptions {
  /** Durations of attempts that succeeded before, in ms. */
  readonly history?: DurationHistory | undefined;
  /**
   * How far estimates are off: half of all attempts take at most the estimate, 95 % at most `1 + spread` times as long
   * (log-normal). 0: exactly the estimate. Default 0.5.
   */
  readonly spread?: number | undefined;
}

export interface DurationHistory {
  readonly bySteps: ReadonlyMap<string, readonly number[]>;
  readonly byRoles: ReadonlyMap<string, readonly number[]>;
}

const DEFAULT_SPREAD = 0.5;

/** How long the steps of a task take. */
export class Durations {
  readonly sources: ReadonlyMap<string, DurationSource>;
  readonly spread: number;
  readonly history: DurationHistory | undefined;

  constructor(task: TaskDefinition, { history, spread = DEFAULT_SPREAD }: DurationOptions = {}) {
    this.spread = spread;
    this.history = history;
    this.sources = new Map(
      task.phases.flatMap((phase) =>
        phase.steps.flatMap((step) =>
          step.kind === 'agent' ? [[step.id, sourceOf(step, phase, history)] as const] : [],
        ),
      ),
    );
  }

  /**
   * @param step id in the file, or of an item's run
   * @param u in [0, 1)
   * @returns ms
   */
  draw(step: string, u: number): number {
    const source = this.sources.get(step) ?? this.sources.get(step.replace(/_\d+$/, '')) ?? NOTHING;
    switch (source.kind) {
      case 'history':
        return drawFrom({ samples: source.samples }, u);
      case 'estimate':
        return this.spread === 0
          ? source.ms
          : Math.round(drawFrom({ logNormal: { median: source.ms, p95: source.ms * (1 + this.spread) } }, u));
      case 'none':
        return this.spread === 0 ? 0 : Math.round(u * UNKNOWN_MS);
    }
  }
}

const NOTHING: DurationSource = { kind: 'none' };
const UNKNOWN_MS = 1000;

function sourceOf(
  step: AgentStep,
  phase: PhaseDefinition,
  history: DurationHistory | undefined,
): DurationSource {
  const own = history?.bySteps.get(step.id);
  if (own !== undefined && own.length > 0) return { kind: 'history', samples: own, of: 'step' };
  const ofRole = history?.byRoles.get(step.agent);
  if (ofRole !== undefined && ofRole.length > 0) return { kind: 'history', samples: ofRole, of: 'role' };
  const ms = step.estimateMs ?? shareOfPhase(phase);
  return ms === undefined ? NOTHING : { kind: 'estimate', ms };
}

/** Steps that follow one another share the estimate of their phase. */
function shareOfPhase({ estimateMs, parallel, steps }: PhaseDefinition): number | undefined {
  if (estimateMs === undefined) return undefined;
  return parallel ? estimateMs : estimateMs / steps.filter(({ kind }) => kind === 'agent').length;
}
