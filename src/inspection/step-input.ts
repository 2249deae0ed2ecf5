import { resultsOf } from '../../machines/outputs.ts';
import { programOf } from '../../machines/program.ts';
import { outputsBefore, scopeOf } from '../../machines/scope.ts';
import type { Fold } from '../engine/fold.ts';
import { toTroupeError } from '../errors.ts';
import type { Json } from '../json.ts';
import { renderTemplate, renderValue } from '../task/template.ts';
import type { PlanRun } from './plan-runs.ts';

/**
 * What the agent of a step is given, as far as the state knows it: instructions and input rendered, outputs of the phases before,
 * results above it, its item. Values kept in the artifact store stay references, and a template that looks into one stays as it is
 * written (`unrendered` says why). Null for steps that no agent performs, and before the phase has begun.
 */
export function inputOf(fold: Fold, { run, step, phase, item, agent }: PlanRun): Json {
  if (step.kind !== 'agent' || agent === null) return null;
  const { world } = fold;
  const hasBegun = world.steps.has(run) || world.ledger.phases.get(phase.name)?.results.has(run) === true;
  if (!hasBegun) return null;
  const above = aboveOf(fold, phase, run);
  const scope = scopeOf(world, phase, item, above);
  const rendered = attempted(() => renderTemplate(step.instructions, scope), step.instructions);
  const own = attempted(
    () => (step.input === undefined ? {} : (renderValue(step.input as Json, scope) as object)),
    step.input ?? {},
  );
  const problem = rendered.problem ?? own.problem;
  const itemValue = item === undefined ? undefined : world.ledger.phases.get(phase.name)?.items?.[item];
  const input = {
    agent,
    instructions: rendered.value,
    input: { ...world.input, ...own.value },
    outputs: { ...outputsBefore(world, phase) },
    results: above === 0 ? {} : resultsOf(world.ledger, phase.name, above),
    ...(itemValue === undefined ? {} : { item: itemValue }),
    ...(problem === undefined ? {} : { unrendered: problem }),
  };
  return input as unknown as Json;
}

function attempted<Value>(render: () => Value, asWritten: Value): { value: Value; problem?: string } {
  try {
    return { value: render() };
  } catch (error) {
    return { value: asWritten, problem: toTroupeError(error).message };
  }
}

function aboveOf({ world }: Fold, phase: PlanRun['phase'], run: string): number {
  const items = phase.forEach === undefined ? undefined : world.ledger.phases.get(phase.name)?.items?.length;
  const program = programOf(phase, items);
  const known =
    world.steps.get(run)?.getSnapshot().context.index ??
    world.ledger.phases.get(phase.name)?.results.get(run)?.index;
  return known === undefined || known >= program.length ? 0 : program.at(known).above;
}
