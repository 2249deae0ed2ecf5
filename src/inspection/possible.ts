import type { Fold } from '../engine/fold.ts';
import { pendingApprovalsOf } from '../engine/pending-approvals.ts';
import { POSSIBLE_IN } from '../engine/possible-in.ts';
import { missingPeople } from '../history/waits-for.ts';

/** Kinds of controls that the state takes now, in the order in which they are offered. */
export function possibleControls(fold: Fold): readonly string[] {
  const isAsked = pendingApprovalsOf(fold).length > 0;
  const mayHappen: { readonly [kind in keyof typeof POSSIBLE_IN]?: boolean } = {
    approve: isAsked,
    reject: isAsked,
    delegate: isAsked,
    complete: fold.world.steps.size > 0,
    vote: [...fold.world.steps.values()].some((actor) => missingPeople(fold, actor).length > 0),
    retry: fold.context.rollback === undefined,
  };
  return Object.entries(POSSIBLE_IN).flatMap(([kind, states]) =>
    (states as readonly string[]).includes(fold.status) &&
    mayHappen[kind as keyof typeof POSSIBLE_IN] !== false
      ? [kind]
      : [],
  );
}
