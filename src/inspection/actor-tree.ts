import type { AnyActorRef } from 'xstate';
import { childrenOf } from '../engine/delivery.ts';
import type { Fold } from '../engine/fold.ts';
import type { ActorNode } from './documents.ts';
import { pathOf } from './trace.ts';

/** The actors as they are now. The actor of a slot whose step has ended waits for the next and is left out, as it is in a snapshot. */
export function actorTreeOf(fold: Fold): ActorNode {
  return nodeOf(fold, fold.root as AnyActorRef);
}

/** The actor of that path; undefined when there is none now. */
export function actorAt(fold: Fold, path: string): AnyActorRef | undefined {
  let actor = fold.root as AnyActorRef | undefined;
  const [, ...names] = path.split('/');
  for (const name of names) actor = actor === undefined ? undefined : ownChild(actor, name);
  return actor;
}

function ownChild(actor: AnyActorRef, id: string): AnyActorRef | undefined {
  const children = childrenOf(actor);
  return Object.hasOwn(children, id) ? children[id] : undefined;
}

export function nodeOf(fold: Fold, actor: AnyActorRef): ActorNode {
  const { value, context } = actor.getSnapshot();
  const machine = machineOf(actor);
  return {
    id: pathOf(actor),
    machine,
    title: titleOf(fold, machine, context),
    state: String(value),
    hasEnded: actor.getSnapshot().hasTag('ended'),
    step: context.run ?? null,
    children: Object.values(childrenOf(actor))
      .filter((child) => child.src !== 'agent' || !child.getSnapshot().hasTag('ended'))
      .sort((a, b) => ORDER.compare(a.id, b.id))
      .map((child) => nodeOf(fold, child)),
  };
}

/** The name that its machine is known by. */
export function machineOf(actor: AnyActorRef): string {
  return typeof actor.src === 'string' ? actor.src : 'execution';
}

function titleOf({ world }: Fold, machine: string, context: { readonly [key: string]: unknown }): string {
  switch (machine) {
    case 'execution':
      return world.definition.name;
    case 'phase':
      return String(context.name);
    case 'rollback':
      return `rollback ${context.number}`;
    default:
      return String(context.run);
  }
}

/** `slot-2` before `slot-10`. The order of an actor's children is another one when it was restored. */
const ORDER = new Intl.Collator('en', { numeric: true });
