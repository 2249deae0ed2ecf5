import { isArtifactRef, type Json } from '../src/json.ts';
import type { OutputSpec, PhaseDefinition, TaskDefinition } from '../src/task/definition.ts';
import type { Ledger, StepResult } from './ledger.ts';

/** What phases and executions give to those after them. Pure. */

type Outputs = { readonly [name: string]: Json | undefined };

export type Picked =
  | { readonly kind: 'picked'; readonly outputs: Outputs }
  | { readonly kind: 'missing'; readonly name: string; readonly looked: string }
  /** An expression, or a value kept as an artifact: an effect has to work it out. */
  | { readonly kind: 'evaluate' };

/**
 * Agent -> output of the steps that succeeded so far, in file order; an agent with several gives a list.
 * @param before only steps above this place of the phase's program
 */
export function resultsOf(
  ledger: Ledger,
  phase: string,
  before = Number.POSITIVE_INFINITY,
): { readonly [agent: string]: Json | undefined } {
  const byAgent = new Map<string, Json[]>();
  for (const { agent, output, index } of inFileOrder(ledger, phase)) {
    if (agent === undefined || output === undefined || index >= before) continue;
    const outputs = byAgent.get(agent);
    if (outputs === undefined) byAgent.set(agent, [output]);
    else outputs.push(output);
  }
  const results: Record<string, Json | undefined> = Object.create(null);
  for (const [agent, outputs] of byAgent) results[agent] = outputs.length === 1 ? outputs[0] : outputs;
  return results;
}

/** Steps of the phase that succeeded, in file order; ballots are part of their consensus. */
export function inFileOrder(ledger: Ledger, phase: string): readonly StepResult[] {
  const results = ledger.phases.get(phase)?.results;
  if (results === undefined) return [];
  return [...results.values()]
    .filter((result) => result.status === 'succeeded' && result.kind !== 'ballot')
    .sort((a, b) => a.index - b.index);
}

/** Outputs of a phase that has nothing left to do, as far as they can be told without an effect. */
export function pickPhaseOutputs(ledger: Ledger, phase: PhaseDefinition): Picked {
  if (phase.outputs.some((spec) => spec.expression !== undefined)) return { kind: 'evaluate' };
  const succeeded = inFileOrder(ledger, phase.name);
  const aggregate = succeeded.findLast(({ kind }) => isGathering(kind))?.output;
  if (phase.outputs.length === 0)
    return { kind: 'picked', outputs: wholeOutput(ledger, phase.name, aggregate) };
  const sources = succeeded.filter(({ kind }) => !isGathering(kind) && kind !== 'validation');
  if (isArtifactRef(aggregate) || sources.some((result) => isArtifactRef(result.output)))
    return { kind: 'evaluate' };
  return pickNames(
    phase.outputs,
    aggregate,
    sources.map((result) => result.output),
  );
}

/** Kinds whose output stands for those above them. */
export function isGathering(kind: string): boolean {
  return kind === 'aggregate' || kind === 'consensus';
}

/** Each name is a key of the aggregate's output, else of the only other output that has it. */
export function pickNames(
  specs: readonly OutputSpec[],
  aggregate: Json | undefined,
  others: readonly (Json | undefined)[],
): Picked {
  const outputs: (readonly [string, Json])[] = [];
  for (const { name } of specs) {
    const inAggregate = keyOf(aggregate, name);
    const holders = others.map((other) => keyOf(other, name)).filter((value) => value !== undefined);
    const only = holders.length === 1 ? holders[0] : undefined;
    // A key that is null is a key.
    const value = inAggregate === undefined ? only : inAggregate;
    if (value === undefined) {
      const looked = holders.length > 1 ? `${holders.length} steps have it` : 'no step has it';
      return { kind: 'missing', name, looked };
    }
    outputs.push([name, value]);
  }
  return { kind: 'picked', outputs: Object.fromEntries(outputs) };
}

/** The execution's outputs: those of the phases nobody depends on, unless the task lists its own. */
export function pickExecutionOutputs(ledger: Ledger, task: TaskDefinition): Picked {
  if (task.outputs?.some((spec) => spec.expression !== undefined)) return { kind: 'evaluate' };
  const last = lastPhases(task).map((phase) => ledger.phases.get(phase.name)?.outputs ?? {});
  // Entries and not `Object.assign`, which would take an output named `__proto__` for the prototype.
  const outputs: Outputs = Object.fromEntries(last.flatMap((each) => Object.entries(each)));
  if (task.outputs === undefined) return { kind: 'picked', outputs };
  return pickNames(task.outputs, outputs, allOutputs(ledger, task));
}

export function lastPhases(task: TaskDefinition): readonly PhaseDefinition[] {
  const needed = new Set(task.phases.flatMap((phase) => phase.dependsOn));
  return task.phases.filter((phase) => !needed.has(phase.name));
}

function allOutputs(ledger: Ledger, task: TaskDefinition): readonly (Json | undefined)[] {
  return task.phases.map((phase) => ledger.phases.get(phase.name)?.outputs);
}

function wholeOutput(ledger: Ledger, phase: string, aggregate: Json | undefined): Outputs {
  if (aggregate === undefined) return { ...resultsOf(ledger, phase), ...signalsOf(ledger, phase) };
  return isPlainObject(aggregate) && !isArtifactRef(aggregate) ? aggregate : { value: aggregate };
}

/** What waits received, people decided and registered kinds returned, by step id: they have no agent to go by. */
function signalsOf(ledger: Ledger, phase: string): Outputs {
  const others = inFileOrder(ledger, phase).filter(
    (result) => result.kind === 'wait' || result.kind === 'custom' || result.kind === 'approval',
  );
  return Object.fromEntries(others.map((result) => [result.step, result.output]));
}

function keyOf(value: Json | undefined, name: string): Json | undefined {
  return isPlainObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

function isPlainObject(value: Json | undefined): value is { readonly [key: string]: Json | undefined } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
