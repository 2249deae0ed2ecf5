import { type Count, type Counted, isMore, leaders, type PollRules, quoted, sumOf } from './rules.ts';

/** The choice with the highest mean or median score, by weight. A choice that a ballot does not score has the lowest score there. */
export function countScores(ballots: readonly Counted[], rules: PollRules): Count {
  const least = rules.scale?.min ?? 0;
  const average = rules.score === 'median' ? medianOf : meanOf;
  const tally = Object.fromEntries(
    rules.choices.map((choice) => [
      choice,
      average(ballots.map(({ vote, weight }) => ({ weight, score: vote.scores?.[choice] ?? least }))),
    ]),
  );
  if (!isMore(sumOf(ballots), 0)) return { kind: 'deadlock', why: 'The ballots have no weight.', tally };
  const [first = '', ...tied] = leaders(tally);
  if (tied.length > 0) return { kind: 'deadlock', why: `A tie between ${quoted([first, ...tied])}.`, tally };
  return { kind: 'decided', choice: first, tally };
}

interface Scored {
  readonly score: number;
  readonly weight: number;
}

function meanOf(scores: readonly Scored[]): number {
  const weight = scores.reduce((sum, each) => sum + each.weight, 0);
  return weight === 0 ? 0 : scores.reduce((sum, each) => sum + each.score * each.weight, 0) / weight;
}

/** The score that half of the weight does not exceed; between two such, their mean. */
function medianOf(scores: readonly Scored[]): number {
  const sorted = scores.filter(({ weight }) => weight > 0).sort((a, b) => a.score - b.score);
  const half = sorted.reduce((sum, each) => sum + each.weight, 0) / 2;
  let below = 0;
  for (const [at, { score, weight }] of sorted.entries()) {
    below += weight;
    if (isMore(below, half)) return score;
    if (!isMore(half, below)) return (score + (sorted[at + 1]?.score ?? score)) / 2;
  }
  return 0;
}
