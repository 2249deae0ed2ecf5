import {
  type ActorOptions,
  type AnyActorRef,
  type AnyActorScope,
  type AnyEventObject,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  type AnyStateNode,
  type AnyTransitionDefinition,
  createActor,
} from 'xstate';

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
  assertFlat(machine);
  const { transition } = machine;
  const nodes = Object.values(machine.states) as readonly AnyStateNode[];
  const states = new Map(nodes.map((node) => [node.key, stateOf(machine, node)]));
  const initial = states.get(machine.root.initial.target[0]?.key ?? '') as State;
  const contextOf = contextAction(machine);
  const firstActions: readonly Action[] = [
    ...actionsOf(machine, [...machine.root.entry, ...machine.root.initial.actions]),
    ...initial.entry,
  ];

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
      perform(walk, [contextOf]);
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

interface State {
  /** A snapshot in this state, without context and children. */
  readonly template: AnyMachineSnapshot;
  readonly entry: readonly Action[];
  readonly exit: readonly Action[];
  readonly on: ReadonlyMap<string, readonly Transition[]>;
  readonly always: readonly Transition[];
}

interface Transition {
  /** As XState knows it, for inspection. */
  readonly definition: readonly [AnyTransitionDefinition];
  readonly guard: Guard | undefined;
  readonly actions: readonly Action[];
  /** Undefined: the state stays, and is neither left nor entered. */
  readonly target: string | undefined;
}

type Guard = (args: { context: unknown; event: AnyEventObject }, params: undefined) => boolean;

interface Action {
  readonly type: string;
  readonly implementation: Implementation;
  readonly params: unknown;
}

type Implementation = Custom | Assign | BuiltIn;
type Custom = (args: ActionArgs, params: unknown) => void;

interface ActionArgs {
  readonly context: unknown;
  readonly event: AnyEventObject;
  readonly self: AnyActorRef;
  readonly system: unknown;
}

interface Assign {
  readonly assignment:
    | ((args: ActionArgs & { spawn: Spawn }, params: unknown) => object)
    | { readonly [key: string]: unknown };
}

/** `sendTo`, `stopChild`, `enqueueActions`: XState's own code resolves and executes them. */
interface BuiltIn {
  readonly type: string;
  resolve(
    scope: AnyActorScope,
    snapshot: AnyMachineSnapshot,
    args: ActionArgs,
    params: unknown,
    self: BuiltIn,
    extra: { readonly internalQueue: AnyEventObject[]; readonly deferredActorIds: undefined },
  ): [AnyMachineSnapshot, unknown, readonly unknown[] | undefined];
  execute?(scope: AnyActorScope, params: unknown): void;
}

type Spawn = (src: string, options: ActorOptions<AnyStateMachine>) => AnyActorRef;

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

function stateOf(machine: AnyStateMachine, node: AnyStateNode): State {
  const on = [...node.transitions].map(
    ([type, transitions]) =>
      [type, transitions.map((definition) => transitionOf(machine, definition))] as const,
  );
  return {
    template: machine.resolveState({ value: node.key, context: {} }) as AnyMachineSnapshot,
    entry: actionsOf(machine, node.entry),
    exit: actionsOf(machine, node.exit),
    on: new Map(on),
    always: (node.always ?? []).map((definition) => transitionOf(machine, definition)),
  };
}

function transitionOf(machine: AnyStateMachine, definition: AnyTransitionDefinition): Transition {
  const { guard, actions, target, source } = definition;
  const isNamed = guard === undefined || typeof guard === 'string';
  const found = typeof guard === 'string' ? machine.implementations.guards[guard] : undefined;
  if (!isNamed || (guard !== undefined && (typeof found !== 'function' || 'check' in found)))
    throw notFlat(source, `has a guard that is no named function`);
  if (
    target !== undefined &&
    (target.length !== 1 || target[0] === source || target[0]?.parent !== machine.root)
  )
    throw notFlat(source, 'has a transition that does not go to one other state');
  return {
    definition: [definition],
    guard: found as Guard | undefined,
    actions: actionsOf(machine, actions),
    target: target?.[0]?.key,
  };
}

function actionsOf(machine: AnyStateMachine, actions: readonly unknown[]): readonly Action[] {
  return actions.map((action) => {
    if (typeof action === 'function')
      return {
        type: (action as { type?: string }).type ?? action.name,
        implementation: action,
        params: undefined,
      } as Action;
    const { type, params } = (typeof action === 'string' ? { type: action } : action) as Action;
    const implementation = machine.implementations.actions[type] as Implementation | undefined;
    if (implementation === undefined || typeof params === 'function')
      throw new Error(`The action ${type} of ${machine.id} is not implemented, or has computed parameters.`);
    return { type, implementation, params };
  });
}

/** The first context, as if it were assigned. */
function contextAction({ config }: AnyStateMachine): Action {
  const { context } = config as { readonly context?: unknown };
  const assignment: Assign['assignment'] =
    typeof context === 'function'
      ? ({ event, self, spawn }) => context({ input: event.input, self, spawn })
      : () => context ?? {};
  return { type: 'context', implementation: { assignment }, params: undefined };
}

function assertFlat({ root, states }: AnyStateMachine): void {
  if (root.transitions.size > 0 || root.always !== undefined || root.exit.length > 0)
    throw notFlat(root, 'has transitions or exit actions of its own');
  for (const node of Object.values(states) as readonly AnyStateNode[]) {
    const { type, invoke, transitions } = node;
    if (type !== 'atomic') throw notFlat(node, `is ${type}`);
    if (invoke.length > 0) throw notFlat(node, 'invokes actors');
    if ([...transitions.keys()].some((event) => event.includes('*'))) throw notFlat(node, 'has wildcards');
  }
}

function notFlat({ id }: { readonly id: string }, why: string): Error {
  return new Error(`${id} ${why}: see machines/flat.ts.`);
}

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
