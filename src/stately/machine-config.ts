import type { AnyStateMachine } from 'xstate';
import type { Json } from '../json.ts';

type Value = { readonly [key: string]: Json | undefined };

/**
 * The machine as the plain configuration of `createMachine`, which Stately Studio imports: states, transitions, and the names of guards, actions and
 * actors. Functions have no place in it: contexts, and what a transition works out, are left out; those without a name of their own are named after their kind.
 */
export function machineConfig({ config }: AnyStateMachine): Json {
  const { id, initial, states, on } = config as unknown as RawState & { readonly id?: string };
  return without({
    id: id ?? 'machine',
    initial: initial as Json,
    on: eventsOf(on),
    states: statesOf(states),
  });
}

interface RawState {
  readonly initial?: unknown;
  readonly type?: unknown;
  readonly tags?: unknown;
  readonly description?: unknown;
  readonly entry?: unknown;
  readonly exit?: unknown;
  readonly always?: unknown;
  readonly on?: { readonly [event: string]: unknown };
  readonly states?: { readonly [name: string]: RawState };
}

function statesOf(states: RawState['states']): Json | undefined {
  if (states === undefined) return undefined;
  return Object.fromEntries(Object.entries(states).map(([name, state]) => [name, stateOf(state)]));
}

function stateOf({ initial, type, tags, description, entry, exit, always, on, states }: RawState): Json {
  return without({
    initial: initial as Json,
    type: type as Json,
    tags: tags as Json,
    description: description as Json,
    entry: namesOf(entry),
    exit: namesOf(exit),
    always: transitionsOf(always),
    on: eventsOf(on),
    states: statesOf(states),
  });
}

function eventsOf(on: RawState['on']): Json | undefined {
  if (on === undefined) return undefined;
  return Object.fromEntries(Object.entries(on).map(([event, raw]) => [event, transitionsOf(raw) ?? []]));
}

/** A target alone is a text; several candidates are a list. */
function transitionsOf(raw: unknown): Json | undefined {
  if (raw === undefined) return undefined;
  if (typeof raw === 'string') return raw;
  return Array.isArray(raw) ? raw.map(transitionOf) : transitionOf(raw);
}

function transitionOf(raw: unknown): Json {
  if (typeof raw === 'string') return raw;
  const { target, guard, actions, reenter, description } = raw as {
    readonly [key: string]: unknown;
  };
  return without({
    target: target as Json,
    guard: guard === undefined ? undefined : nameOf(guard, 'guard'),
    actions: namesOf(actions),
    reenter: reenter as Json,
    description: description as Json,
  });
}

function namesOf(raw: unknown): Json | undefined {
  if (raw === undefined) return undefined;
  return Array.isArray(raw) ? raw.map((each) => nameOf(each, 'action')) : nameOf(raw, 'action');
}

/** `{type, params}` keeps its parameters where they are data. */
function nameOf(raw: unknown, kind: string): Json {
  if (typeof raw === 'string') return raw;
  if (typeof raw === 'function') return raw.name === '' ? kind : raw.name;
  const { type, params } = raw as { readonly type?: unknown; readonly params?: unknown };
  const isPlain = typeof params === 'object' && params !== null;
  return without({ type: String(type), params: isPlain ? (params as Json) : undefined });
}

function without(value: Value): Json {
  return Object.fromEntries(Object.entries(value).filter(([, part]) => part !== undefined)) as Json;
}
