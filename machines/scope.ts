import type { Json } from '../src/json.ts';
import type { PhaseDefinition, TaskDefinition } from '../src/task/definition.ts';
import type { Ledger } from './ledger.ts';
import { resultsOf } from './outputs.ts';
import type { Scope, World } from './world.ts';

type ScopeWorld = Pick<World, 'execution' | 'definition' | 'input' | 'ledger' | 'phases'>;

/**
 * What expressions and templates of a phase may name, at this point of the fold. Pure.
 * @param above of `results`, only those of steps above this place of the phase's program
 */
export function scopeOf(world: ScopeWorld, phase?: PhaseDefinition, item?: number, above?: number): Scope {
  const { definition, ledger } = world;
  const itemValue =
    item === undefined || phase === undefined ? undefined : ledger.phases.get(phase.name)?.items?.[item];
  return {
    input: world.input,
    phases: allPhases(world),
    outputs: phase === undefined ? allOutputs(world) : outputsBefore(world, phase),
    results: phase === undefined ? {} : resultsOf(ledger, phase.name, above),
    ...(itemValue === undefined ? {} : { item: itemValue }),
    execution: { id: world.execution, task: definition.name, version: definition.version },
  };
}

/** Outputs of the phases that this one depends on, directly or not; frozen, and the same object as long as they are the same. */
export function outputsBefore(
  world: ScopeWorld,
  phase: PhaseDefinition,
): { readonly [phase: string]: Json | undefined } {
  const { ledger } = world;
  const names = ancestorsOf(world.definition, phase);
  // All steps of a phase ask for the same, and in a chain of a hundred phases gathering costs more than the rest of a request.
  const known = gathered.get(ledger)?.get(phase);
  if (known?.parts.every((part, place) => part === ledger.phases.get(names[place] ?? '')?.outputs) === true)
    return known.outputs;
  const parts = names.map((name) => ledger.phases.get(name)?.outputs);
  const entries = names.map((name, place) => [name, parts[place]] as const);
  const outputs = Object.freeze(Object.fromEntries(entries.filter(([, produced]) => produced !== undefined)));
  const ofLedger = gathered.get(ledger) ?? new WeakMap();
  gathered.set(ledger, ofLedger.set(phase, { parts, outputs }));
  return outputs;
}

interface Gathered {
  readonly parts: readonly unknown[];
  readonly outputs: { readonly [phase: string]: Json | undefined };
}

const gathered = new WeakMap<Ledger, WeakMap<PhaseDefinition, Gathered>>();

const ancestorCache = new WeakMap<PhaseDefinition, readonly string[]>();

/** Names of the phases that one depends on, directly or not. */
export function ancestorsOf(task: TaskDefinition, phase: PhaseDefinition): readonly string[] {
  const known = ancestorCache.get(phase);
  if (known !== undefined) return known;
  const found = new Set<string>();
  const visit = (names: readonly string[]): void => {
    for (const name of names) {
      if (found.has(name)) continue;
      found.add(name);
      visit(task.phases.find((candidate) => candidate.name === name)?.dependsOn ?? []);
    }
  };
  visit(phase.dependsOn);
  const ancestors = task.phases.map((candidate) => candidate.name).filter((name) => found.has(name));
  ancestorCache.set(phase, ancestors);
  return ancestors;
}

function allPhases(world: ScopeWorld): Scope['phases'] {
  const phases = [...world.ledger.phases].map(
    ([name, { summary, outputs }]) =>
      [name, { status: summary?.status ?? 'running', outputs: outputs ?? {} }] as const,
  );
  return Object.fromEntries(phases);
}

function allOutputs(world: ScopeWorld): Scope['outputs'] {
  return Object.fromEntries([...world.ledger.phases].map(([name, produce]) => [name, produce.outputs ?? {}]));
}
