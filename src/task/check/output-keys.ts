import type { PhaseDefinition } from '../definition.ts';
import { isTemplate } from '../template.ts';

/** Keys of the aggregates whose results always have the same ones. */
const AGGREGATE_KEYS: ReadonlyMap<string, readonly string[]> = new Map([
  ['collect', ['items', 'count']],
  ['concat', ['items', 'text', 'count']],
  ['majority', ['choice', 'share', 'tally', 'votes', 'dissent', 'count']],
  ['weighted', ['choice', 'share', 'score', 'tally', 'votes', 'dissent', 'count']],
  ['mean', ['value', 'count', 'values']],
  ['median', ['value', 'count', 'values']],
  ['min', ['value', 'agent', 'output', 'count', 'values']],
  ['max', ['value', 'agent', 'output', 'count', 'values']],
  ['rank', ['ranking', 'count']],
  ['best', ['agent', 'score', 'output']],
]);

/** Keys of the document that a vote ends with; some of them only where there is something to say. */
const DECISION_KEYS = [
  ...['question', 'decision', 'method', 'deadlock', 'veto', 'tally', 'stages', 'support', 'score', 'quorum'],
  ...['votes', 'dissent', 'reasons', 'abstentions', 'rounds', 'void', 'subject'],
];

/** The keys that a phase's outputs can have; undefined where that is only known when it runs. */
export function outputKeysOf({ outputs, steps, forEach }: PhaseDefinition): ReadonlySet<string> | undefined {
  if (outputs.length > 0) return new Set(outputs.map(({ name }) => name));
  const aggregate = steps.findLast(({ kind }) => kind === 'aggregate' || kind === 'consensus');
  if (aggregate?.kind === 'consensus') return new Set(DECISION_KEYS);
  if (aggregate?.kind === 'aggregate') {
    const keys = AGGREGATE_KEYS.get(aggregate.aggregate);
    return keys && new Set(keys);
  }
  const keys = new Set<string>();
  for (const step of steps) {
    if (step.kind === 'agent') {
      if (isTemplate(step.agent)) return undefined;
      keys.add(step.agent);
    } else if (step.kind === 'custom' || step.kind === 'wait' || step.kind === 'approval') {
      // With items each run has an id of its own.
      if (step.kind === 'custom' && forEach !== undefined) return undefined;
      keys.add(step.id);
    }
  }
  return keys;
}
