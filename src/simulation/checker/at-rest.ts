import type { AnyActorRef } from 'xstate';
import { isReminder } from '../../../machines/approval.ts';
import type { Fold } from '../../engine/fold.ts';

/** Whether nothing more comes by itself: it has ended, or stands still, or waits for nothing but people. */
export function isAtRest(fold: Fold): boolean {
  // Its last seal, and what people are told of its end, are still to come.
  if (fold.hasEnded) return fold.claims().length === 0 && fold.owed().length === 0;
  if (fold.status === 'paused' || fold.status === 'suspended') return true;
  // A reminder comes again and again, and moves nothing.
  if (fold.owed().some(({ id }) => !isReminder(id))) return false;
  const steps = [...fold.world.steps.values()];
  return steps.length > 0 && steps.every((actor) => isUpToOthers(actor) || fold.isHeld(actor));
}

/** A wait, a vote that people have to come to, and a vote that is sealed until they have. */
function isUpToOthers(actor: AnyActorRef): boolean {
  return WAITING.has(actor.src as string) || UP_TO_OTHERS.has(actor.getSnapshot().value);
}

const WAITING: ReadonlySet<string> = new Set(['wait', 'approval', 'consensus']);
/** An agent that asks people, and one whose vote is sealed. */
const UP_TO_OTHERS: ReadonlySet<string> = new Set(['asking', 'sealed']);
