import type { AnyActorRef } from 'xstate';
import { MACHINES } from '../../machines/by-name.ts';
import type { Fold } from '../engine/fold.ts';
import type { Json } from '../json.ts';
import type { Position } from '../ports/event-log.ts';
import { actorAt, machineOf, nodeOf } from './actor-tree.ts';
import { chartOf } from './chart.ts';
import type { ActorView, ChartTransition } from './documents.ts';
import type { Trace } from './trace.ts';

/** What the actor did before the record, where it was noted. */
export interface Past {
  readonly trace: Trace;
  /** Index of the record that the fold is after. */
  readonly upTo: number;
  readonly positionOf: (index: number) => Position;
}

/** The actor in its machine, after the record; undefined when there is no such actor now. @param past null: what it did is not known */
export function actorViewOf(fold: Fold, path: string, past: Past | null): ActorView | undefined {
  const actor = actorAt(fold, path);
  if (actor === undefined) return undefined;
  const chart = chartOf(machineOf(actor));
  const state = String(actor.getSnapshot().value);
  return {
    actor: nodeOf(fold, actor),
    chart,
    state,
    last: past === null ? null : lastOf(path, past),
    possible: chart.transitions
      .filter(({ from }) => from === state)
      .map((transition) => ({ transition: transition.id, ...enabled(actor, transition) })),
    context: contextOf(actor),
  };
}

function lastOf(path: string, { trace, upTo, positionOf }: Past): ActorView['last'] {
  const last = trace.lastOf(path, upTo);
  const transition = last?.transitions.at(-1);
  if (last === undefined || transition === undefined) return null;
  return { transition, position: positionOf(last.record), took: last.transitions };
}

/**
 * A guard that reads the event cannot be asked without one: it is given an event that throws when it is looked into. What it says
 * before it looks stands for every event.
 */
function enabled(
  actor: AnyActorRef,
  { guard }: ChartTransition,
): { isEnabled: boolean; failing: string | null } {
  if (guard === null) return { isEnabled: true, failing: null };
  const test = MACHINES[machineOf(actor)]?.implementations.guards[guard];
  if (typeof test !== 'function') return { isEnabled: true, failing: null };
  try {
    const { context } = actor.getSnapshot();
    const isPassed = (test as Guard)({ context, event: UNKNOWN_EVENT }, undefined);
    return isPassed ? { isEnabled: true, failing: null } : { isEnabled: false, failing: guard };
  } catch {
    return { isEnabled: true, failing: null }; // it depends on the event
  }
}

type Guard = (args: { readonly context: unknown; readonly event: object }, params: undefined) => boolean;

const looked = (): never => {
  throw new Error('The guard depends on the event.');
};

const UNKNOWN_EVENT: object = new Proxy(
  {},
  { get: looked, has: looked, ownKeys: looked, getOwnPropertyDescriptor: looked },
);

/** What the actor knows, without the world that all of them share. */
function contextOf(actor: AnyActorRef): Json {
  const { world: _, ...context } = actor.getSnapshot().context;
  return JSON.parse(JSON.stringify(context)) as Json;
}
