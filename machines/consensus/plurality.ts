import {
  type Count,
  type Counted,
  emptyTally,
  isMore,
  leaders,
  type PollRules,
  quoted,
  reaches,
  sumOf,
} from './rules.ts';

/**
 * Methods in which a ballot makes one choice: the one with the most weight wins if it has enough of it.
 *
 * `majority`: more than half of the cast weight. `supermajority`: two thirds, or the threshold. `threshold`: the threshold.
 * `unanimous`: all of it. `weighted`: the most, and the threshold where there is one.
 */
export function countChoices(ballots: readonly Counted[], rules: PollRules): Count {
  const tally = emptyTally(rules.choices);
  for (const { vote, weight } of ballots) tally[vote.choice ?? ''] = (tally[vote.choice ?? ''] ?? 0) + weight;
  const cast = sumOf(ballots);
  const [first = '', ...tied] = leaders(tally);
  const won = tally[first] ?? 0;
  if (!isMore(cast, 0)) return { kind: 'deadlock', why: 'The ballots have no weight.', tally };
  if (tied.length > 0) {
    return { kind: 'deadlock', why: `A tie between ${quoted([first, ...tied])}.`, tally };
  }
  const needed = neededOf(rules);
  const isEnough =
    needed === 'more-than-half' ? isMore(2 * won, cast) : needed === undefined || reaches(won, cast, needed);
  if (isEnough) return { kind: 'decided', choice: first, tally };
  const share = Math.round((100 * won) / cast);
  return {
    kind: 'deadlock',
    why: `'${first}' has ${share} % of the cast weight, which is not enough.`,
    tally,
  };
}

function neededOf({ method, threshold }: PollRules) {
  switch (method) {
    case 'majority':
      return 'more-than-half';
    case 'unanimous':
      return { numerator: 1, denominator: 1 };
    case 'supermajority':
      return threshold ?? { numerator: 2, denominator: 3 };
    default:
      return threshold;
  }
}
