import type { AnyActorRef, AnyMachineSnapshot, AnyStateMachine } from 'xstate';
import { agentMachine } from '../../machines/agent.ts';
import { MACHINES } from '../../machines/by-name.ts';
import { executionMachine } from '../../machines/execution.ts';
import type { WorldRef } from '../../machines/world.ts';

/** The part of an XState persisted snapshot that we rely on. */
export interface TreeSnapshot {
  readonly status: string;
  readonly value: unknown;
  readonly context: { readonly [key: string]: unknown };
  readonly children: { readonly [id: string]: { readonly src: string; readonly snapshot: TreeSnapshot } };
}

/**
 * Throws when XState could not restore the tree faithfully. It would not say so itself: an unknown state surfaces later as an
 * uncaught exception, and a child of unknown `src` is dropped, after which the run hangs (DESIGN section 4).
 */
export function assertRestorable(tree: TreeSnapshot, version: number, known: readonly number[]): void {
  if (!known.includes(version))
    throw new Error(`The snapshot was made by fold version ${version}, not ${known.join(' or ')}.`);
  assertNode(tree, executionMachine, 'execution');
}

function assertNode(node: TreeSnapshot, machine: AnyStateMachine, path: string): void {
  if (node.status !== 'active') throw new Error(`${path} is ${node.status}, not active.`);
  if (typeof node.value !== 'string' || !Object.hasOwn(machine.states, node.value)) {
    throw new Error(`${path} has no state ${JSON.stringify(node.value)}.`);
  }
  for (const [id, child] of Object.entries(node.children)) {
    const childMachine =
      child.src !== 'execution' && Object.hasOwn(MACHINES, child.src) ? MACHINES[child.src] : undefined;
    if (childMachine === undefined)
      throw new Error(`${path}/${id} is of the unknown kind ${JSON.stringify(child.src)}.`);
    assertNode(child.snapshot, childMachine, `${path}/${id}`);
  }
}

/**
 * The tree without the actors of slots whose step has ended: what it came to is in the ledger, and the slot's next step gets a
 * new actor where there is none. So a state reads the same whether it was restored on the way or not. They are left out before
 * XState persists them: an execution of a hundred phases keeps thousands.
 */
export function persistedTree(actor: AnyActorRef): TreeSnapshot {
  const snapshot = actor.getSnapshot() as AnyMachineSnapshot;
  const children = Object.entries(snapshot.children as { readonly [id: string]: AnyActorRef })
    .filter(([, child]) => child.src !== 'agent' || !ENDED_STEP_STATES.has(child.getSnapshot().value))
    .map(([id, child]) => {
      const { src, systemId, _syncSnapshot } = child as AnyActorRef & {
        readonly systemId: string | undefined;
        readonly _syncSnapshot: unknown;
      };
      return [id, { src, systemId, _syncSnapshot, getPersistedSnapshot: () => persistedTree(child) }];
    });
  const pruned = { ...snapshot, children: Object.fromEntries(children) };
  return snapshot.machine.getPersistedSnapshot(pruned as AnyMachineSnapshot) as unknown as TreeSnapshot;
}

const ENDED_STEP_STATES: ReadonlySet<unknown> = new Set(
  Object.values(agentMachine.states)
    .filter((state) => state.tags.includes('ended'))
    .map((state) => state.key),
);

/** A copy of the tree whose contexts hold the world again. */
export function withWorld(tree: TreeSnapshot, world: WorldRef): TreeSnapshot {
  const children = Object.entries(tree.children).map(([id, child]) => [
    id,
    { ...child, snapshot: withWorld(child.snapshot, world) },
  ]);
  return { ...tree, context: { ...tree.context, world }, children: Object.fromEntries(children) };
}
