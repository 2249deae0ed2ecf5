import type { AnyActorRef } from 'xstate';
import type { Fold } from '../../engine/fold.ts';

/** Whether nothing more comes by itself: it has ended, or stands still, or waits for nothing but signals and people's votes. */
export function isAtRest(fold: Fold): boolean {
  if (fold.hasEnded) return fold.claims().length === 0;
  if (fold.status === 'paused' || fold.status === 'suspended') return true;
  if (fold.owed().length > 0) return false;
  const steps = [...fold.world.steps.values()];
  return steps.length > 0 && steps.every(isUpToOthers);
}

/** A wait, a vote that people have to come to, and a vote that is sealed until they have. */
function isUpToOthers(actor: AnyActorRef): boolean {
  return actor.src === 'wait' || actor.src === 'consensus' || actor.getSnapshot().value === 'sealed';
}
