import type { Json } from '../json.ts';

/** What a voter gets, what a vote looks like, and what fits: one rule for hosts, which check early, and the fold, which decides. */

export const METHODS = [
  'majority',
  'supermajority',
  'unanimous',
  'threshold',
  'weighted',
  'ranked',
  'condorcet',
  'score',
  'agreement',
] as const;
export type Method = (typeof METHODS)[number];

/** What stands on a ballot before it is filled in: the part of a request that says how to vote. */
export interface BallotPaper {
  readonly question: string;
  /** Absent for `agreement`, where the output itself is the vote. */
  readonly choices?: readonly string[] | undefined;
  readonly method: Method;
  /** From 1; a later one follows on a round without a decision. */
  readonly round: number;
  /** What is voted on. The ballot counts for this digest and no other. */
  readonly subject?: { readonly digest: string } | undefined;
  /** What the voters said in the round before. */
  readonly others?: readonly OtherVote[] | undefined;
  /** The host seals the vote: its digest first, its value when the poll is closed. */
  readonly sealed?: true | undefined;
  /** Of `score`: the lowest and the highest score. */
  readonly scale?: { readonly min: number; readonly max: number } | undefined;
  /** Of `agreement`: the keys of the output that have to agree. */
  readonly of?: readonly string[] | undefined;
}

export interface OtherVote extends Vote {
  readonly voter: string;
}

/** A vote in the form in which it is counted. Which of the keys it has follows from the method. */
export interface Vote {
  readonly abstain?: true | undefined;
  readonly choice?: string | undefined;
  /** Best first; what is left out comes after all that is named. */
  readonly ranking?: readonly string[] | undefined;
  /** A choice without a score has the lowest. */
  readonly scores?: { readonly [choice: string]: number } | undefined;
  /** Of `agreement`. */
  readonly answer?: Json | undefined;
  readonly reason?: string | undefined;
  /** 0 to 1; `weighted` multiplies the voter's weight by it. */
  readonly confidence?: number | undefined;
  /** A number that goes with the choice; `weighted` gives the mean of them. */
  readonly score?: number | undefined;
}

export type ReadVote =
  | { readonly vote: Vote; readonly misfit?: undefined }
  | { readonly misfit: string; readonly vote?: undefined };

/** The largest ballot, in bytes of its JSON. */
const BALLOT_LIMIT_BYTES = 16 * 1024;

/** A reason is kept up to this many characters. */
const LONGEST_REASON = 1000;

/**
 * The vote in an agent's answer: the envelope's `vote`, else the output.
 *
 * @param said `vote` of the envelope, or what a person voted
 */
export function readVote(output: Json | undefined, said: Json | undefined, paper: BallotPaper): ReadVote {
  const raw = said ?? output;
  if (raw === undefined || raw === null) return { misfit: 'there is no vote in the answer' };
  if (new TextEncoder().encode(JSON.stringify(raw)).length > BALLOT_LIMIT_BYTES)
    return { misfit: `a ballot has at most ${BALLOT_LIMIT_BYTES} bytes` };
  const about = { ...reasonIn(raw) };
  if (own(raw, 'abstain') === true) return { vote: { abstain: true, ...about } };
  switch (paper.method) {
    case 'agreement':
      return readAnswer(raw, said, paper, about);
    case 'ranked':
    case 'condorcet':
      return readRanking(raw, paper, about);
    case 'score':
      return readScores(raw, paper, about);
    default:
      return readChoice(raw, paper, about);
  }
}

function readChoice(raw: Json, { choices = [] }: BallotPaper, about: Partial<Vote>): ReadVote {
  const choice = choiceIn(raw);
  if (choice === undefined)
    return { misfit: 'it makes no choice (looked at choice, vote, verdict, decision)' };
  if (!choices.includes(choice)) return { misfit: unknownChoice(choice, choices) };
  const confidence = own(raw, 'confidence');
  if (confidence !== undefined && !isNumberIn(confidence, 0, 1))
    return { misfit: 'confidence is a number from 0 to 1' };
  const score = own(raw, 'score');
  return {
    vote: {
      choice,
      ...about,
      ...(confidence === undefined ? {} : { confidence: confidence as number }),
      ...(isNumberIn(score, -Number.MAX_VALUE, Number.MAX_VALUE) ? { score: score as number } : {}),
    },
  };
}

function readRanking(raw: Json, { choices = [] }: BallotPaper, about: Partial<Vote>): ReadVote {
  const given = Array.isArray(raw) ? raw : own(raw, 'ranking');
  const choice = choiceIn(raw);
  const ranking: unknown = given ?? (choice === undefined ? undefined : [choice]);
  if (!Array.isArray(ranking) || ranking.length === 0)
    return { misfit: 'ranking is a list of choices, the best first' };
  for (const [at, name] of ranking.entries()) {
    if (typeof name !== 'string' || !choices.includes(name)) return { misfit: unknownChoice(name, choices) };
    if (ranking.indexOf(name) !== at) return { misfit: `'${name}' is ranked twice` };
  }
  return { vote: { ranking: ranking as string[], ...about } };
}

function readScores(
  raw: Json,
  { choices = [], scale = { min: 0, max: 10 } }: BallotPaper,
  about: Partial<Vote>,
): ReadVote {
  const given = own(raw, 'scores');
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    return { misfit: 'scores is a map of choice and number' };
  const scores = Object.entries(given as { readonly [choice: string]: Json });
  if (scores.length === 0) return { misfit: 'scores names no choice' };
  for (const [name, score] of scores) {
    if (!choices.includes(name)) return { misfit: unknownChoice(name, choices) };
    if (!isNumberIn(score, scale.min, scale.max))
      return { misfit: `the score of '${name}' is a number from ${scale.min} to ${scale.max}` };
  }
  return { vote: { scores: Object.fromEntries(scores) as { [choice: string]: number }, ...about } };
}

function readAnswer(raw: Json, said: Json | undefined, { of }: BallotPaper, about: Partial<Vote>): ReadVote {
  const whole = said === undefined ? raw : (own(said, 'answer') as Json | undefined);
  if (whole === undefined) return { misfit: 'the vote has no answer' };
  if (own(whole, '$artifact') !== undefined)
    return { misfit: `a ballot has at most ${BALLOT_LIMIT_BYTES} bytes` };
  if (of === undefined) return { vote: { answer: whole, ...about } };
  const missing = of.find((key) => own(whole, key) === undefined);
  if (missing !== undefined) return { misfit: `the answer has no '${missing}'` };
  return { vote: { answer: Object.fromEntries(of.map((key) => [key, own(whole, key) as Json])), ...about } };
}

function choiceIn(raw: Json): string | undefined {
  if (typeof raw === 'string') return raw.trim();
  for (const key of ['choice', 'vote', 'verdict', 'decision']) {
    const value = own(raw, key);
    if (typeof value === 'string') return value.trim();
  }
  return undefined;
}

function reasonIn(raw: Json): { reason?: string } {
  for (const key of ['reason', 'rationale', 'reasoning', 'summary']) {
    const value = own(raw, key);
    if (typeof value === 'string' && value !== '') return { reason: value.slice(0, LONGEST_REASON) };
  }
  return {};
}

function unknownChoice(name: unknown, choices: readonly string[]): string {
  return `'${String(name).slice(0, 80)}' is not one of the choices: ${choices.join(', ')}`;
}

function isNumberIn(value: unknown, least: number, most: number): boolean {
  return typeof value === 'number' && value >= least && value <= most;
}

function own(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.hasOwn(value, key)
    ? (value as { readonly [key: string]: unknown })[key]
    : undefined;
}
