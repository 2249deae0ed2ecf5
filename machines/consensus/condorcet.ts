import { type Count, type Counted, isMore, type PollRules } from './rules.ts';

/** The choice that beats every other one in a duel. Choices that a ballot does not rank are equal, behind all that it ranks. */
export function countDuels(ballots: readonly Counted[], { choices }: PollRules): Count {
  const beats = (one: string, other: string): boolean =>
    isMore(preferring(ballots, one, other), preferring(ballots, other, one));
  const wins = choices.map(
    (one) => [one, choices.filter((other) => other !== one && beats(one, other)).length] as const,
  );
  const tally = Object.fromEntries(wins);
  const winner = wins.find(([, count]) => count === choices.length - 1)?.[0];
  // A single choice wins no duel, and needs a ballot that has it.
  const isRanked = ballots.some(
    ({ vote, weight }) => weight > 0 && vote.ranking?.includes(winner ?? '') === true,
  );
  if (winner !== undefined && isRanked) return { kind: 'decided', choice: winner, tally };
  return { kind: 'deadlock', why: 'No choice beats every other one.', tally };
}

function preferring(ballots: readonly Counted[], one: string, other: string): number {
  let sum = 0;
  for (const { vote, weight } of ballots) {
    const place = placeOf(one, vote.ranking);
    if (place < placeOf(other, vote.ranking)) sum += weight;
  }
  return sum;
}

function placeOf(choice: string, ranking: readonly string[] = []): number {
  const place = ranking.indexOf(choice);
  return place < 0 ? Number.POSITIVE_INFINITY : place;
}
