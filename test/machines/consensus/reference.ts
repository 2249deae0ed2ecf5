import type { Ballot, PollRules } from '../../../machines/consensus/rules.ts';
import type { Json } from '../../../src/json.ts';

/**
 * The methods again, as simple and slow as can be and in whole numbers: a weight w with a confidence counts 4w × confidence votes,
 * each of which is a ballot paper of its own in a pile. Undefined where nothing is decided.
 */
export function referenceOf(rules: PollRules, ballots: readonly Ballot[]): Json | undefined {
  const { voters, veto, vetoes, method } = rules;
  const cast = voters.flatMap(({ name, weight }) => {
    const ballot = ballots.find(({ voter }) => voter === name);
    return ballot?.kind === 'cast' && ballot.vote.abstain !== true
      ? [{ name, weight, vote: ballot.vote }]
      : [];
  });
  const hasVeto = cast.some(
    ({ name, vote }) => veto?.includes(name) && (vote.choice ?? vote.ranking?.[0]) === vetoes,
  );
  if (hasVeto) return vetoes;
  if (!hasQuorum(rules, cast)) return undefined;
  const pile = cast.flatMap(({ weight, vote }) =>
    Array.from({ length: 4 * weight * (method === 'weighted' ? (vote.confidence ?? 1) : 1) }, () => vote),
  );
  switch (method) {
    case 'ranked':
      return runOff(
        rules,
        pile.map(({ ranking = [] }) => ranking),
      );
    case 'condorcet':
      return duels(
        rules,
        pile.map(({ ranking = [] }) => ranking),
      );
    case 'score':
      return scores(
        rules,
        pile.map(({ scores: given = {} }) => given),
      );
    case 'agreement':
      return agreement(
        rules,
        cast.map(({ vote }) => vote.answer ?? null),
      );
    default:
      return choice(
        rules,
        pile.map((vote) => vote.choice ?? ''),
      );
  }
}

function hasQuorum(
  { quorum, voters, method, agree }: PollRules,
  cast: readonly { readonly weight: number }[],
): boolean {
  if (cast.length === 0) return false;
  if (quorum !== undefined && 'voters' in quorum) return cast.length >= quorum.voters;
  if (quorum === undefined && method === 'agreement')
    return cast.length >= (agree ?? Math.floor(voters.length / 2) + 1);
  const all = voters.reduce((sum, { weight }) => sum + weight, 0);
  const here = cast.reduce((sum, { weight }) => sum + weight, 0);
  if (here === 0) return false;
  if (quorum === undefined) return here * 2 > all;
  return here * quorum.share.denominator >= all * quorum.share.numerator;
}

function choice({ choices, method, threshold }: PollRules, pile: readonly string[]): string | undefined {
  const count = (name: string) => pile.filter((each) => each === name).length;
  const winner = choices.filter((name) =>
    choices.every((other) => other === name || count(name) > count(other)),
  );
  const [only] = winner;
  if (only === undefined || count(only) === 0) return undefined;
  const needed = threshold ?? (method === 'supermajority' ? { numerator: 2, denominator: 3 } : undefined);
  if (method === 'majority') return 2 * count(only) > pile.length ? only : undefined;
  if (method === 'unanimous') return count(only) === pile.length ? only : undefined;
  if (needed === undefined) return only;
  return count(only) * needed.denominator >= pile.length * needed.numerator ? only : undefined;
}

function runOff({ choices }: PollRules, pile: readonly (readonly string[])[]): string | undefined {
  const history: Map<string, number>[] = [];
  let left = [...choices];
  while (left.length > 0) {
    const firsts = pile.flatMap((ranking) => ranking.filter((name) => left.includes(name)).slice(0, 1));
    const counts = new Map(left.map((name) => [name, firsts.filter((first) => first === name).length]));
    history.unshift(counts);
    const winner = left.find((name) => 2 * (counts.get(name) ?? 0) > firsts.length);
    if (winner !== undefined) return winner;
    if (new Set(counts.values()).size === 1) return undefined;
    // The weakest by the latest count, then by those before it, then the last in file order.
    const [out] = [...left].sort((a, b) => {
      for (const stage of history) {
        const difference = (stage.get(a) ?? 0) - (stage.get(b) ?? 0);
        if (difference !== 0) return difference;
      }
      return left.indexOf(b) - left.indexOf(a);
    });
    left = left.filter((name) => name !== out);
  }
  return undefined;
}

function duels({ choices }: PollRules, pile: readonly (readonly string[])[]): string | undefined {
  const place = (ranking: readonly string[], name: string) =>
    ranking.includes(name) ? ranking.indexOf(name) : 1000;
  const margin = (one: string, other: string) =>
    pile.reduce((sum, ranking) => sum + Math.sign(place(ranking, other) - place(ranking, one)), 0);
  const winner = choices.find((one) => choices.every((other) => other === one || margin(one, other) > 0));
  return winner !== undefined && pile.some((ranking) => ranking.includes(winner)) ? winner : undefined;
}

function scores(
  { choices, score }: PollRules,
  pile: readonly { readonly [choice: string]: number }[],
): string | undefined {
  if (pile.length === 0) return undefined;
  // Twice the median, and the sum: whole numbers both.
  const value = (name: string): number => {
    const given = pile.map((each) => each[name] ?? 0).sort((a, b) => a - b);
    if (score !== 'median') return given.reduce((sum, each) => sum + each, 0);
    const middle = given.length / 2;
    return (given[Math.ceil(middle) - 1] ?? 0) + (given[Math.floor(middle)] ?? 0);
  };
  return choices.find((one) => choices.every((other) => other === one || value(one) > value(other)));
}

function agreement({ voters, agree }: PollRules, answers: readonly Json[]): Json | undefined {
  const text = (answer: Json): string =>
    JSON.stringify(
      answer,
      typeof answer === 'object' && answer !== null ? Object.keys(answer).sort() : undefined,
    );
  const groups = Object.groupBy(answers, text);
  const sizes = Object.values(groups).map((group) => group?.length ?? 0);
  const most = Math.max(0, ...sizes);
  if (most < (agree ?? Math.floor(voters.length / 2) + 1)) return undefined;
  if (sizes.filter((size) => size === most).length > 1) return undefined;
  return Object.values(groups).find((group) => group?.length === most)?.[0];
}
