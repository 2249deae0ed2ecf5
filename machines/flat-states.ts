import type {
  ActorOptions,
  AnyActorRef,
  AnyActorScope,
  AnyEventObject,
  AnyMachineSnapshot,
  AnyStateMachine,
  AnyStateNode,
  AnyTransitionDefinition,
} from 'xstate';

/** What is known of a flat machine before its first event, see `flat.ts`. */
export interface FlatMachine {
  readonly states: ReadonlyMap<string, State>;
  readonly initial: State;
  /** Makes the first context, as if it were assigned. */
  readonly contextAction: Action;
  /** What follows it: the machine is entered, then its first state. */
  readonly firstActions: readonly Action[];
}

/** Throws when the machine is not flat, or uses what `flat.ts` does not do. */
export function compile(machine: AnyStateMachine): FlatMachine {
  assertFlat(machine);
  const nodes = Object.values(machine.states) as readonly AnyStateNode[];
  const states = new Map(nodes.map((node) => [node.key, stateOf(machine, node)]));
  const { entry, initial: first } = machine.root;
  const initial = states.get(first.target[0]?.key ?? '') as State;
  return {
    states,
    initial,
    contextAction: contextAction(machine),
    firstActions: [...actionsOf(machine, [...entry, ...first.actions]), ...initial.entry],
  };
}

export interface State {
  /** A snapshot in this state, without context and children. */
  readonly template: AnyMachineSnapshot;
  readonly entry: readonly Action[];
  readonly exit: readonly Action[];
  readonly on: ReadonlyMap<string, readonly Transition[]>;
  readonly always: readonly Transition[];
}

export interface Transition {
  /** As XState knows it, for inspection. */
  readonly definition: readonly [AnyTransitionDefinition];
  readonly guard: Guard | undefined;
  readonly actions: readonly Action[];
  /** Undefined: the state stays, and is neither left nor entered. */
  readonly target: string | undefined;
}

type Guard = (args: { context: unknown; event: AnyEventObject }, params: undefined) => boolean;

export interface Action {
  readonly type: string;
  readonly implementation: Implementation;
  readonly params: unknown;
}

type Implementation = Custom | Assign | BuiltIn;
type Custom = (args: ActionArgs, params: unknown) => void;

export interface ActionArgs {
  readonly context: unknown;
  readonly event: AnyEventObject;
  readonly self: AnyActorRef;
  readonly system: unknown;
}

export interface Assign {
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

export type Spawn = (src: string, options: ActorOptions<AnyStateMachine>) => AnyActorRef;

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

export function actionsOf(machine: AnyStateMachine, actions: readonly unknown[]): readonly Action[] {
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
