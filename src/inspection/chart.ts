import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate';
import { MACHINES } from '../../machines/by-name.ts';
import type { ChartTransition, MachineChart } from './documents.ts';

/** The machine as XState itself describes it; the same object for the same name. Throws for a name that no machine has. */
export function chartOf(name: string): MachineChart {
  const known = charts.get(name);
  if (known !== undefined) return known;
  const machine = MACHINES[name];
  if (machine === undefined) throw new Error(`There is no machine ${name}`);
  const nodes = nodesOf(machine);
  const chart: MachineChart = {
    machine: name,
    initial: machine.root.initial.target[0]?.key ?? '',
    states: nodes.map(({ key, tags, description }) => ({
      id: key,
      tags: [...tags],
      description: description ?? null,
    })),
    transitions: nodes.flatMap(transitionsOf),
  };
  charts.set(name, chart);
  return chart;
}

const charts = new Map<string, MachineChart>();

/** Id of a transition in the chart of its machine, from the very object that XState took it by. */
export function transitionId(definition: AnyTransitionDefinition): string {
  const known = ids.get(definition);
  if (known !== undefined) return known;
  for (const node of nodesOf(definition.source.machine)) {
    for (const { definition: own, id } of definitionsOf(node)) ids.set(own, id);
  }
  return ids.get(definition) ?? `${definition.source.key}:${definition.eventType}`;
}

const ids = new WeakMap<AnyTransitionDefinition, string>();

function nodesOf({ states }: AnyStateMachine): readonly AnyStateNode[] {
  return Object.values(states) as readonly AnyStateNode[];
}

function transitionsOf(node: AnyStateNode): readonly ChartTransition[] {
  return definitionsOf(node).map(({ definition, id, event }) => ({
    id,
    from: node.key,
    to: definition.target?.[0]?.key ?? null,
    event,
    guard: typeof definition.guard === 'string' ? definition.guard : null,
    actions: definition.actions.map(nameOf),
  }));
}

/** Those without an event come last, as `always`: XState looks at them when an event was dealt with. */
function definitionsOf(node: AnyStateNode): readonly Placed[] {
  const named = [...node.transitions].flatMap(([event, definitions]) =>
    definitions.map((definition, place) => ({ definition, event, id: idOf(node, event, place) })),
  );
  const always = (node.always ?? []).map((definition, place) => ({
    definition,
    event: 'always',
    id: idOf(node, 'always', place),
  }));
  return [...named, ...always];
}

interface Placed {
  readonly definition: AnyTransitionDefinition;
  readonly event: string;
  readonly id: string;
}

function idOf({ key }: AnyStateNode, event: string, place: number): string {
  return `${key}:${event}:${place + 1}`;
}

function nameOf(action: unknown): string {
  if (typeof action === 'string') return action;
  if (typeof action === 'function') return action.name;
  return String((action as { readonly type?: unknown }).type);
}
