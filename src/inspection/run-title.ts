import { isBallotStep } from '../../machines/derived-steps.ts';
import type { Fold } from '../engine/fold.ts';
import type { Json } from '../json.ts';
import type { PhaseDefinition } from '../task/definition.ts';
import { isShort, plainTitle } from './plain-title.ts';
import type { PlanRun } from './plan-runs.ts';

/**
 * What a person calls a run. A step's title may be a template: fields of the input stand in it as they are, anything else as `…`. Steps
 * of a phase that share a title are told apart by who works on them, runs of one step by their item, or its number.
 */
export function runTitle(fold: Fold, { run, step, phase, item, agent }: PlanRun): string {
  const value = item === undefined ? undefined : itemOf(fold, phase, item);
  const title = plainTitle(step.title, fold.world.input as Json, value);
  if (isBallotStep(step)) return `${title}: ${step.agent}`;
  const named = agent !== null && sharedTitles(phase).has(step.title) ? `${agent}: ${title}` : title;
  if (item === undefined || (isShort(value) && NAMES_ITEM.test(step.title))) return named;
  return `${named} (${isShort(value) && value !== item ? value : run.slice(step.id.length + 1)})`;
}

function itemOf({ world }: Fold, { name }: PhaseDefinition, item: number): Json | undefined {
  return world.ledger.phases.get(name)?.items?.[item] as Json | undefined;
}

const NAMES_ITEM = /\{\{-?\s*item\s*-?\}\}/;

/** Titles that more than one step of the phase has. */
function sharedTitles(phase: PhaseDefinition): ReadonlySet<string> {
  const known = shared.get(phase);
  if (known !== undefined) return known;
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const { title } of phase.steps) (seen.has(title) ? twice : seen).add(title);
  shared.set(phase, twice);
  return twice;
}

const shared = new WeakMap<PhaseDefinition, ReadonlySet<string>>();
