import type { Fold } from '../engine/fold.ts';
import { pendingApprovalsOf } from '../engine/pending-approvals.ts';
import { missingPeople } from './waits-for.ts';

/**
 * What an execution asks of whoever looks at a list. `running`: it goes on by itself. `person`: somebody has to decide, vote or send
 * a signal. `still`: it stands until somebody makes it go on. `ended`: nothing any more. Whether a living process drives it is in no log.
 */
export type Attention = 'running' | 'person' | 'still' | 'ended';

/** In the order in which a list by attention has them. */
export const ATTENTIONS: readonly Attention[] = ['running', 'person', 'still', 'ended'];

/** Pure. */
export function attentionOf(fold: Fold): Attention {
  if (fold.hasEnded) return 'ended';
  if (STILL.has(fold.status)) return 'still';
  return isPersonNeeded(fold) ? 'person' : 'running';
}

const STILL: ReadonlySet<string> = new Set(['paused', 'suspended']);

function isPersonNeeded(fold: Fold): boolean {
  if (pendingApprovalsOf(fold).length > 0) return true;
  for (const actor of fold.world.steps.values()) {
    // Nothing but a signal is waited for in this state, and signals are sent from outside.
    if (actor.src === 'wait' && actor.getSnapshot().value === 'waiting') return true;
    if (missingPeople(fold, actor).length > 0) return true;
  }
  return false;
}
