import { hash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { Json } from '../../src/json.ts';
import type { Verdict } from './decide.ts';
import type { Count, Counted, PollRules } from './rules.ts';

/** The answer that `agree` voters or more give, compared as RFC 8785 JSON. Answers go by the first 12 digits of their sha256. */
export function countAnswers(ballots: readonly Counted[], rules: PollRules): Count {
  const groups = new Map<string, { answer: Json; count: number }>();
  for (const { vote } of ballots) {
    const key = answerKey(vote.answer ?? null);
    const group = groups.get(key) ?? { answer: vote.answer ?? null, count: 0 };
    group.count += 1;
    groups.set(key, group);
  }
  // By key, so that the order of the ballots shows nowhere.
  const sorted = [...groups].sort(([a], [b]) => (a < b ? -1 : 1));
  const tally = Object.fromEntries(sorted.map(([key, { count }]) => [key, count]));
  const most = Math.max(0, ...Object.values(tally));
  const [first, ...tied] = sorted.filter(([, { count }]) => count === most).map(([, group]) => group);
  const needed = agreeOf(rules);
  if (first === undefined || most < needed)
    return { kind: 'deadlock', why: `At most ${most} give the same answer; ${needed} have to.`, tally };
  if (tied.length > 0)
    return { kind: 'deadlock', why: `${tied.length + 1} answers are given by ${most} each.`, tally };
  return { kind: 'decided', choice: first.answer, tally };
}

/** More than half of the voters, unless the file says how many. */
export function agreeOf({ agree, voters }: Pick<PollRules, 'agree' | 'voters'>): number {
  return agree ?? Math.floor(voters.length / 2) + 1;
}

/** The answer that most gave, and who did; of several the one whose first voter comes first in the file. */
export function mostAgreed(
  votes: Verdict['votes'],
): { readonly answer: Json; readonly voters: readonly string[] } | undefined {
  const groups = new Map<string, { answer: Json; voters: string[] }>();
  for (const [voter, { answer = null }] of Object.entries(votes)) {
    const group = groups.get(answerKey(answer)) ?? { answer, voters: [] };
    group.voters.push(voter);
    groups.set(answerKey(answer), group);
  }
  const most = Math.max(0, ...[...groups.values()].map(({ voters }) => voters.length));
  return [...groups.values()].find(({ voters }) => voters.length === most);
}

export function answerKey(answer: Json): string {
  return hash('sha256', canonicalize(answer) ?? 'null').slice(0, 12);
}
