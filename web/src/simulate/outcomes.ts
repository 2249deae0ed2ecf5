import type { RunSummary } from './types.ts';

export interface Outcome {
  readonly outcome: string;
  readonly runs: readonly RunSummary[];
}

/** What runs came to, the most frequent first. */
export function outcomesOf(runs: readonly RunSummary[]): readonly Outcome[] {
  return [...Map.groupBy(runs, ({ outcome }) => outcome)]
    .map(([outcome, those]) => ({ outcome, runs: those }))
    .sort((one, other) => other.runs.length - one.runs.length);
}

/** What only simulated executions come to, as a status that has a hue, and in words. */
export function wordsOfOutcome(outcome: string): {
  readonly status: string;
  readonly word: string | undefined;
} {
  switch (outcome) {
    case 'deadlock':
      return { status: 'failed', word: 'deadlock' };
    case 'waiting':
      return { status: 'person', word: 'waits for a person' };
    case 'endless':
      return { status: 'suspended', word: 'does not end' };
    default:
      return { status: outcome, word: undefined };
  }
}
