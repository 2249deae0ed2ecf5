import { programOf } from '../../../machines/program.ts';
import type { Fold } from '../../engine/fold.ts';
import { isTemplate } from '../../task/template.ts';

/** A run of a step that performs a role, and where it stands. */
export interface SenderStep {
  /** Id of the run; of the step, where its runs are not known yet. */
  readonly run: string;
  readonly phase: string;
  readonly standing: 'live' | 'succeeded' | 'failed' | 'cancelled' | 'undone' | 'not begun';
}

/**
 * @param by a role, or the id of a step (then each of its runs, in a `forEach` phase)
 * @param inPhase only steps of this one
 */
export function senderSteps(fold: Fold, by: string, inPhase?: string): readonly SenderStep[] {
  const { ledger, steps, definition } = fold.world;
  return definition.phases.flatMap((phase) => {
    if (inPhase !== undefined && inPhase !== phase.name) return [];
    const { results, roles, items } = ledger.phases.get(phase.name) ?? {};
    const program = programOf(phase, items?.length);
    const found: SenderStep[] = [];
    for (let at = 0; at < program.length; at += 1) {
      const { step, run, item } = program.at(at);
      if (step.kind !== 'agent') continue;
      const role = item === undefined ? step.agent : (roles?.[step.id]?.[item] ?? step.agent);
      // Whom a template names is known when the phase has begun; until then it may be anybody.
      if (by !== run && by !== step.id && by !== role && !isTemplate(role)) continue;
      const standing = steps.has(run) ? 'live' : (results?.get(run)?.status ?? 'not begun');
      found.push({ run, phase: phase.name, standing });
    }
    return found;
  });
}
