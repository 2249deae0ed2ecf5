import type { AnyActorRef } from 'xstate';
import type { Fold } from '../engine/fold.ts';

/** A step that has begun and not ended, as its actor stands. */
export interface LiveStep {
  readonly run: string;
  readonly actor: AnyActorRef;
  /** `agent`, `evaluation`, `wait`, `approval`, `consensus`. */
  readonly kind: string;
  readonly state: string;
  // biome-ignore lint/suspicious/noExplicitAny: each kind has a context of its own; whoever reads it has looked at `kind`.
  readonly context: any;
}

/** In the plan's order: that of the fold is another one when it was restored on the way. */
export function liveStepsOf({ world }: Fold): readonly LiveStep[] {
  const live = [...world.steps].map(([run, actor]): LiveStep => {
    const { value, context } = actor.getSnapshot();
    return { run, actor, kind: String(actor.src), state: String(value), context };
  });
  return live
    .sort((a, b) => a.context.index - b.context.index || placeOf(a) - placeOf(b) || (a.run < b.run ? -1 : 1))
    .sort((a, b) => phaseAt(world, a) - phaseAt(world, b));
}

/** What a person asks after comes before what belongs to it. */
function placeOf({ kind, context }: LiveStep): number {
  if (kind === 'approval' && context.isPart === true) return -1;
  return kind === 'consensus' ? 0 : 1;
}

function phaseAt({ definition }: Fold['world'], { context }: LiveStep): number {
  const index = definition.phases.findIndex(({ name }) => name === context.phase);
  return index < 0 ? definition.phases.length : index;
}
