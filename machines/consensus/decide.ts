import type { Json } from '../../src/json.ts';
import type { Vote } from '../../src/ports/ballot.ts';
import { agreeOf, answerKey, countAnswers } from './agreement.ts';
import { countDuels } from './condorcet.ts';
import { countChoices } from './plurality.ts';
import {
  type Ballot,
  type Count,
  type Counted,
  isMore,
  type PollRules,
  reaches,
  sumOf,
  type Tally,
} from './rules.ts';
import { countRunOff } from './run-off.ts';
import { countScores } from './scores.ts';

/** What a round came to, and why. */
export interface Verdict {
  readonly kind: 'decided' | 'deadlock';
  /** Of a decision; for `agreement`, the answer. */
  readonly choice?: Json | undefined;
  /** Why there is none. */
  readonly why?: string | undefined;
  readonly veto?: readonly string[] | undefined;
  readonly tally: Tally;
  /** Of the run-off: the count before each choice went out. */
  readonly stages?: readonly Tally[] | undefined;
  /** Share of the cast weight behind the choice, 0 to 1. */
  readonly support: number;
  /** Mean of the votes' own scores, by weight. */
  readonly score?: number | undefined;
  readonly quorum: { readonly present: number; readonly of: number; readonly isMet: boolean };
  readonly votes: { readonly [voter: string]: Vote & { readonly weight: number } };
  readonly dissent: readonly { readonly voter: string; readonly [key: string]: Json | undefined }[];
  readonly reasons: readonly { readonly voter: string; readonly reason: string }[];
  readonly abstentions: readonly { readonly voter: string; readonly reason: string }[];
}

/**
 * Counts the ballots of a round.
 *
 * 1. The order of the ballots does not matter: they are counted in the order in which the file names the voters.
 * 2. A voter's ballot counts once, and only those of voters of the file do.
 * 3. Without a quorum nothing is decided, except by a veto, which needs nobody else.
 * 4. A tie decides nothing.
 */
export function decide(rules: PollRules, ballots: readonly Ballot[]): Verdict {
  const given = new Map<string, Ballot>();
  for (const ballot of ballots) if (!given.has(ballot.voter)) given.set(ballot.voter, ballot);
  const counted: Counted[] = [];
  const abstentions: { voter: string; reason: string }[] = [];
  for (const { name, weight } of rules.voters) {
    const ballot = given.get(name);
    if (ballot?.kind === 'cast' && ballot.vote.abstain !== true) {
      counted.push({ voter: name, weight: weight * confidenceOf(ballot.vote, rules), vote: ballot.vote });
    } else {
      abstentions.push({ voter: name, reason: reasonOf(ballot) });
    }
  }
  const quorum = quorumOf(rules, new Set(counted.map(({ voter }) => voter)));
  const vetoed = vetoesIn(counted, rules);
  const count = countBy(counted, rules);
  const cause = verdictOf(count, rules, vetoed, quorum.isMet);
  return {
    ...cause,
    tally: count.tally,
    ...(count.stages === undefined ? {} : { stages: count.stages }),
    support: supportOf(cause.choice, counted),
    ...scoreOf(counted, rules),
    quorum,
    votes: Object.fromEntries(counted.map(({ voter, weight, vote }) => [voter, { ...vote, weight }])),
    dissent: dissentFrom(cause.choice, counted),
    reasons: reasonsFor(cause.choice, counted),
    abstentions,
  };
}

/** Whether the vote alone decides. */
export function isVeto(
  voter: string,
  vote: Vote,
  { veto, vetoes }: Pick<PollRules, 'veto' | 'vetoes'>,
): boolean {
  return (
    vetoes !== undefined && veto?.includes(voter) === true && (vote.choice ?? vote.ranking?.[0]) === vetoes
  );
}

function verdictOf(
  count: Count,
  { vetoes }: PollRules,
  veto: readonly string[],
  hasQuorum: boolean,
): Pick<Verdict, 'kind' | 'choice' | 'why' | 'veto'> {
  if (veto.length > 0) return { kind: 'decided', choice: vetoes, veto };
  if (!hasQuorum) return { kind: 'deadlock', why: 'Too few voted: there is no quorum.' };
  if (count.kind === 'decided') return { kind: 'decided', choice: count.choice };
  return { kind: 'deadlock', why: count.why };
}

function countBy(ballots: readonly Counted[], rules: PollRules): Count {
  switch (rules.method) {
    case 'ranked':
      return countRunOff(ballots, rules);
    case 'condorcet':
      return countDuels(ballots, rules);
    case 'score':
      return countScores(ballots, rules);
    case 'agreement':
      return countAnswers(ballots, rules);
    default:
      return countChoices(ballots, rules);
  }
}

function quorumOf(rules: PollRules, present: ReadonlySet<string>): Verdict['quorum'] {
  const { quorum, voters, method } = rules;
  const byHead = quorum === undefined ? method === 'agreement' : 'voters' in quorum;
  if (byHead) {
    const needed = quorum !== undefined && 'voters' in quorum ? quorum.voters : agreeOf(rules);
    return { present: present.size, of: voters.length, isMet: present.size > 0 && present.size >= needed };
  }
  const of = voters.reduce((sum, { weight }) => sum + weight, 0);
  const here = voters.reduce((sum, { name, weight }) => sum + (present.has(name) ? weight : 0), 0);
  const isEnough =
    quorum !== undefined && 'share' in quorum ? reaches(here, of, quorum.share) : isMore(2 * here, of);
  return { present: here, of, isMet: isMore(here, 0) && isEnough };
}

function vetoesIn(ballots: readonly Counted[], rules: PollRules): readonly string[] {
  return ballots.filter(({ voter, vote }) => isVeto(voter, vote, rules)).map(({ voter }) => voter);
}

function confidenceOf(vote: Vote, { method }: PollRules): number {
  return method === 'weighted' ? (vote.confidence ?? 1) : 1;
}

function reasonOf(ballot: Ballot | undefined): string {
  if (ballot === undefined) return 'did not vote';
  return ballot.kind === 'cast' ? (ballot.vote.reason ?? 'abstained') : ballot.reason;
}

function supports({ vote }: Counted, choice: Json | undefined): boolean {
  if (choice === undefined) return false;
  if (vote.answer !== undefined) return answerKey(vote.answer) === answerKey(choice);
  return favouriteOf(vote).includes(choice as string);
}

function favouriteOf({ choice, ranking, scores }: Vote): readonly string[] {
  if (scores !== undefined) {
    const best = Math.max(...Object.values(scores));
    return Object.keys(scores).filter((name) => scores[name] === best);
  }
  const first = choice ?? ranking?.[0];
  return first === undefined ? [] : [first];
}

function supportOf(choice: Json | undefined, ballots: readonly Counted[]): number {
  const cast = sumOf(ballots);
  return cast === 0 ? 0 : sumOf(ballots.filter((ballot) => supports(ballot, choice))) / cast;
}

function dissentFrom(choice: Json | undefined, ballots: readonly Counted[]): Verdict['dissent'] {
  if (choice === undefined) return [];
  return ballots
    .filter((ballot) => !supports(ballot, choice))
    .map(
      ({ voter, weight, vote: { confidence: _, score: __, ...vote } }) =>
        ({ voter, ...vote, weight }) as never,
    );
}

function reasonsFor(choice: Json | undefined, ballots: readonly Counted[]): Verdict['reasons'] {
  return ballots.flatMap((ballot) => {
    const { reason } = ballot.vote;
    return reason !== undefined && supports(ballot, choice) ? [{ voter: ballot.voter, reason }] : [];
  });
}

function scoreOf(ballots: readonly Counted[], { method }: PollRules): { score?: number } {
  if (method !== 'weighted') return {};
  const scored = ballots.filter(({ vote }) => vote.score !== undefined);
  const weight = sumOf(scored);
  if (weight === 0) return {};
  return { score: scored.reduce((sum, each) => sum + (each.vote.score ?? 0) * each.weight, 0) / weight };
}
