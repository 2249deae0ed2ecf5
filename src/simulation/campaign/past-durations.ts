import type { Story } from '../../history/story.ts';
import type { DurationHistory } from './durations.ts';

/** How long the attempts of past executions took that succeeded, by step (without the number of an item) and by role. Pure. */
export function pastDurations(stories: Iterable<Pick<Story, 'fold' | 'attempts'>>): DurationHistory {
  const bySteps = new Map<string, number[]>();
  const byRoles = new Map<string, number[]>();
  const add = (all: Map<string, number[]>, key: string, ms: number): void => {
    const known = all.get(key);
    if (known === undefined) all.set(key, [ms]);
    else known.push(ms);
  };
  for (const { fold, attempts } of stories) {
    for (const { step, agent, outcome, claimedAt, endedAt } of attempts) {
      if (outcome !== 'succeeded' || endedAt === null) continue;
      const id = fold.pinned.stepsById.has(step) ? step : step.replace(/_\d+$/, '');
      add(bySteps, id, endedAt - claimedAt);
      add(byRoles, agent, endedAt - claimedAt);
    }
  }
  return { bySteps, byRoles };
}
