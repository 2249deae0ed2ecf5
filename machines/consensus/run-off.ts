import {
  type Count,
  type Counted,
  emptyTally,
  isMore,
  leaders,
  type PollRules,
  quoted,
  type Tally,
} from './rules.ts';

/**
 * Instant run-off. A ballot counts for the first of its choices that is still in. A choice with more than half of what still
 * counts wins; until there is one, the weakest goes out.
 *
 * Of several weakest the one goes out that was weaker in the stage before, and before that; of those that always were equal, the
 * last in file order. When all that are left are equal, it is a deadlock.
 */
export function countRunOff(ballots: readonly Counted[], { choices }: PollRules): Count {
  const stages: Tally[] = [];
  let standing = [...choices];
  for (;;) {
    const tally = countFirst(ballots, standing);
    stages.push(tally);
    const total = Object.values(tally).reduce((sum, weight) => sum + weight, 0);
    const best = leaders(tally);
    const [first = ''] = best;
    if (!isMore(total, 0)) return { kind: 'deadlock', why: 'The ballots have no weight.', tally, stages };
    if (isMore(2 * (tally[first] ?? 0), total)) return { kind: 'decided', choice: first, tally, stages };
    if (best.length === standing.length)
      return { kind: 'deadlock', why: `A tie between ${quoted(best)}.`, tally, stages };
    const out = weakest(standing, stages);
    standing = standing.filter((choice) => choice !== out);
  }
}

function countFirst(ballots: readonly Counted[], standing: readonly string[]): Tally {
  const tally = emptyTally(standing);
  for (const { vote, weight } of ballots) {
    const choice = vote.ranking?.find((name) => standing.includes(name));
    if (choice !== undefined) tally[choice] = (tally[choice] ?? 0) + weight;
  }
  return tally;
}

function weakest(standing: readonly string[], stages: readonly Tally[]): string | undefined {
  let candidates = standing;
  for (const tally of stages.toReversed()) {
    const least = Math.min(...candidates.map((choice) => tally[choice] ?? 0));
    candidates = candidates.filter((choice) => !isMore(tally[choice] ?? 0, least));
  }
  return candidates.at(-1);
}
