import {
  type AnyActorRef,
  type AnyActorScope,
  type AnyEventObject,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  type AnyTransitionDefinition,
  createActor,
} from 'xstate';
import {
  type Action,
  type ActionArgs,
  type Assign,
  actionsOf,
  compile,
  type Spawn,
  type State,
  type Transition,
} from './flat-states.ts';

/**
 * Has a machine of flat states take its transitions by a shorter way: one state is active at a time and none has states of its own,
 * so the sets of nodes that XState computes for every step (exit, entry, domain, conflicts, the whole configuration) are known
 * beforehand. ADR 0018 says what it gains.
 *
 * 1. Same guards and actions in the same order, same snapshots, same children, same inspection events: `test/machines/flat.test.ts`
 *    holds that against XState itself.
 * 2. What is not taken over here stays XState's: restoring, persisting, stopping, errors of children.
 * 3. A machine that is not flat, or uses what is not built here, is refused when it is made.
 */
export function flat<Machine extends AnyStateMachine>(machine: Machine): Machine {
  const { transition } = machine;
  const { states, initial, contextAction, firstActions } = compile(machine);

  machine.transition = (snapshot, event, scope) => {
    if (snapshot.status !== 'active' || event.type.startsWith('xstate.'))
      return transition(snapshot, event, scope);
    const { context, children } = snapshot;
    const walk: Walk = { machine, states, scope, event, snapshot, context, children, queue: [] };
    take(walk, selected(walk));
    settle(walk);
    return walk.snapshot;
  };

  machine.getInitialSnapshot = (scope, input) => {
    const event = { type: 'xstate.init', input };
    const children = {};
    const snapshot = { ...initial.template, children } as AnyMachineSnapshot;
    const walk: Walk = { machine, states, scope, event, snapshot, context: {}, children, queue: [] };
    let begun = snapshot;
    try {
      perform(walk, [contextAction]);
      begun = present(walk);
      perform(walk, firstActions);
      present(walk);
      settle(walk);
      return walk.snapshot;
    } catch (error) {
      return { ...begun, status: 'error', error } as AnyMachineSnapshot;
    }
  };
  return machine;
}

/** One event on its way through a machine. */
interface Walk {
  readonly machine: AnyStateMachine;
  readonly states: ReadonlyMap<string, State>;
  readonly scope: AnyActorScope;
  /** The event that is looked at: the one that came, then those that actions raise. */
  event: AnyEventObject;
  /** As it was after the last microstep, or after an action that needed one. */
  snapshot: AnyMachineSnapshot;
  /** What actions have made of these since; a snapshot with them is made when it is needed, not for every assignment. */
  context: object;
  children: AnyMachineSnapshot['children'];
  readonly queue: AnyEventObject[];
}

/** Takes eventless transitions and raised events until nothing is left to do. */
function settle(walk: Walk): void {
  const { maxIterations = Number.POSITIVE_INFINITY } = walk.machine.options;
  let iterations = 0;
  let mayBeEventless = true;
  for (;;) {
    iterations += 1;
    if (iterations > maxIterations) throw new Error(endless(maxIterations));
    const before = walk.snapshot;
    const eventless: Transition | undefined = mayBeEventless ? pick(stateIn(walk).always, walk) : undefined;
    if (eventless !== undefined) {
      take(walk, eventless);
    } else {
      const raised = walk.queue.shift();
      if (raised === undefined) return;
      walk.event = raised;
      take(walk, selected(walk));
    }
    mayBeEventless = eventless === undefined || walk.snapshot !== before;
  }
}

/** One microstep. */
function take(walk: Walk, transition: Transition | undefined): void {
  if (transition !== undefined) {
    const { target, actions } = transition;
    if (target === undefined) {
      perform(walk, actions);
      present(walk);
    } else {
      const entered = walk.states.get(target) as State;
      perform(walk, stateIn(walk).exit);
      perform(walk, actions);
      perform(walk, entered.entry);
      const { context, children } = walk;
      walk.snapshot = { ...entered.template, context, children } as AnyMachineSnapshot;
    }
  }
  const { scope, event, snapshot } = walk;
  inspectionOf(scope)._sendInspectionEvent({
    type: '@xstate.microstep',
    actorRef: scope.self,
    event,
    snapshot,
    _transitions: transition?.definition ?? NONE,
  });
}

function selected(walk: Walk): Transition | undefined {
  const candidates = stateIn(walk).on.get(walk.event.type);
  if (candidates === undefined) return undefined;
  try {
    return pick(candidates, walk);
  } catch (error) {
    // XState says in its own words which guard it was; those words are part of the state that a record leaves behind.
    walk.machine.getTransitionData(walk.snapshot, walk.event);
    throw error;
  }
}

function pick(candidates: readonly Transition[], { snapshot, event }: Walk): Transition | undefined {
  for (const candidate of candidates) {
    if (candidate.guard === undefined || candidate.guard({ context: snapshot.context, event }, undefined))
      return candidate;
  }
  return undefined;
}

function perform(walk: Walk, actions: readonly Action[]): void {
  const { scope, event, queue } = walk;
  for (const { type, implementation, params } of actions) {
    const { self, system } = scope;
    if ('assignment' in implementation) {
      assign(walk, implementation, params);
      continue;
    }
    const args: ActionArgs = { context: walk.context, event, self, system };
    if (!('resolve' in implementation)) {
      scope.actionExecutor({ type, info: args as never, params: params as never, exec: implementation });
      continue;
    }
    const extra = { internalQueue: queue, deferredActorIds: undefined };
    const [next, resolved, more] = implementation.resolve(
      scope,
      present(walk),
      args,
      params,
      implementation,
      extra,
    );
    walk.snapshot = next;
    walk.context = next.context;
    walk.children = next.children;
    const { execute } = implementation;
    if (execute !== undefined) {
      const exec = () => execute(scope, resolved);
      scope.actionExecutor({
        type: implementation.type,
        info: args as never,
        params: resolved as never,
        exec,
      });
    }
    if (more !== undefined) perform(walk, actionsOf(walk.machine, more));
  }
}

function assign(walk: Walk, { assignment }: Assign, params: unknown): void {
  const { machine, scope, event, context } = walk;
  const { self, system } = scope;
  let spawned: { [id: string]: AnyActorRef } | undefined;
  const spawn: Spawn = (src, options) => {
    const logic = machine.implementations.actors[src] as AnyStateMachine | undefined;
    if (logic === undefined)
      throw new Error(`Actor logic '${src}' not implemented in machine '${machine.id}'`);
    const actor = createActor(logic, { ...options, src, parent: self });
    spawned ??= {};
    spawned[actor.id] = actor;
    scope.defer(() => {
      if (!isStopped(actor)) actor.start();
    });
    return actor;
  };
  const args = { context, event, spawn, self, system };
  const update =
    typeof assignment === 'function' ? assignment(args, params) : updateOf(assignment, args, params);
  walk.context = { ...context, ...update };
  if (spawned !== undefined) walk.children = { ...walk.children, ...spawned };
}

/** The snapshot with what actions have made of it so far. */
function present(walk: Walk): AnyMachineSnapshot {
  const { snapshot, context, children } = walk;
  if (snapshot.context !== context || snapshot.children !== children)
    walk.snapshot = { ...snapshot, context, children } as AnyMachineSnapshot;
  return walk.snapshot;
}

function updateOf(
  assignment: { readonly [key: string]: unknown },
  args: ActionArgs,
  params: unknown,
): { readonly [key: string]: unknown } {
  const update: { [key: string]: unknown } = {};
  for (const [key, value] of Object.entries(assignment))
    update[key] = typeof value === 'function' ? value(args, params) : value;
  return update;
}

function stateIn({ states, snapshot }: Walk): State {
  return states.get(snapshot.value as string) as State;
}

const NONE: readonly AnyTransitionDefinition[] = [];

function endless(steps: number): string {
  return `Infinite loop detected: the machine has processed more than ${steps} microsteps without reaching a stable state. This usually happens when there's a cycle of transitions (e.g., eventless transitions or raised events causing state A -> B -> C -> A).`;
}

/** XState counts 0, 1, 2: not started, running, stopped. One that was stopped in the step that made it is not started. */
function isStopped(actor: AnyActorRef): boolean {
  return (actor as unknown as { readonly _processingStatus: number })._processingStatus === 2;
}

function inspectionOf({ system }: AnyActorScope): { _sendInspectionEvent(event: object): void } {
  return system as unknown as { _sendInspectionEvent(event: object): void };
}
