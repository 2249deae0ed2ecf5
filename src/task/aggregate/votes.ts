import type { Json } from '../../json.ts';
import type { AggregateItem, AggregateOptions } from '../aggregate.ts';
import { chosenField, describe, firstField, isNumber, isObject, labelled, needSome } from './outputs.ts';

/**
 * `{choice, share, tally: {choice: count}, votes: {agent: choice}, dissent: [{agent, choice, reason?}], count}`:
 * the choice that most outputs make; a relative majority is enough.
 */
export function majority(items: readonly AggregateItem[], options: AggregateOptions): Json {
  needSome(items);
  const votes = labelled(items).map((item) => ({ ...readVote(item, options), weight: 1 }));
  const { winner, tally, share } = count(votes);
  return {
    choice: winner,
    share,
    tally,
    votes: Object.fromEntries(votes.map(({ label, choice }) => [label, choice])),
    dissent: dissentFrom(winner, votes).map(({ weight: _weight, ...vote }) => vote),
    count: votes.length,
  };
}

/**
 * `{choice, share, score, tally: {choice: weight}, votes: {agent: {choice, weight, score?}},
 * dissent: [{agent, choice, weight, reason?}], count}`: the choice with the most weight behind it.
 *
 * A vote weighs `weights[agent]` of the options, else the output's `weight`, times its `confidence`; what is
 * missing counts 1. If every weight is 0, each vote counts 1. `score` is the weighted mean of the outputs that
 * have a `score`, null when none has.
 */
export function weighted(items: readonly AggregateItem[], options: AggregateOptions): Json {
  needSome(items);
  const votes = levelIfWeightless(
    labelled(items).map((item) => ({
      ...readVote(item, options),
      weight: weightOf(item, options),
      score: firstField(item.output, ['score'], isNumber),
    })),
  );
  const { winner, tally, share } = count(votes);
  return {
    choice: winner,
    share,
    score: weightedScore(votes),
    tally,
    votes: Object.fromEntries(
      votes.map(({ label, choice, weight, score }) => [
        label,
        { choice, weight, ...(score === undefined ? {} : { score }) },
      ]),
    ),
    dissent: dissentFrom(winner, votes),
    count: votes.length,
  };
}

type Choice = string | number | boolean;

interface Vote {
  readonly label: string;
  readonly choice: Choice;
  readonly weight: number;
  readonly reason: string | undefined;
}

/** Where a choice is looked for when no field is chosen. */
const CHOICE_FIELDS = [
  'choice',
  'vote',
  'verdict',
  'decision',
  'stance',
  'recommendation',
  'answer',
] as const;
const REASON_FIELDS = ['reason', 'rationale', 'reasoning', 'summary'] as const;

function readVote(
  item: AggregateItem & { readonly label: string },
  options: AggregateOptions,
): Omit<Vote, 'weight'> {
  const chosen = chosenField(item, options);
  const value =
    chosen ?? (isChoice(item.output) ? item.output : firstField(item.output, CHOICE_FIELDS, isChoice));
  if (value === undefined || !isChoice(value)) {
    const places = chosen === undefined ? CHOICE_FIELDS.join(', ') : String(options.field);
    throw new Error(`${describe(item)} makes no choice (looked at ${places}); name another place with field`);
  }
  return {
    label: item.label,
    choice: typeof value === 'string' ? value.trim() : value,
    reason: firstField(item.output, REASON_FIELDS, isText),
  };
}

function isChoice(value: Json): value is Choice {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

function isText(value: Json): value is string {
  return typeof value === 'string';
}

function weightOf(item: AggregateItem, { weights }: AggregateOptions): number {
  const given = isObject(weights as Json | undefined) ? ownNumber(weights as Json, item.agent) : undefined;
  const weight = given ?? firstField(item.output, ['weight'], isNumber) ?? 1;
  const confidence = firstField(item.output, ['confidence'], isNumber) ?? 1;
  const product = weight * confidence;
  if (product < 0) throw new Error(`${describe(item)} has a weight below 0`);
  return product;
}

function ownNumber(weights: Json, agent: string): number | undefined {
  return firstField(weights, [agent], isNumber);
}

function levelIfWeightless<V extends Vote>(votes: readonly V[]): V[] {
  const weightless = votes.every((vote) => vote.weight === 0);
  return votes.map((vote) => (weightless ? { ...vote, weight: 1 } : vote));
}

/** The choice with the most weight; of equal ones, the one that was made first. */
function count(votes: readonly Vote[]): {
  winner: Choice;
  tally: { [choice: string]: number };
  share: number;
} {
  const weights = new Map<Choice, number>();
  let total = 0;
  for (const { choice, weight } of votes) {
    weights.set(choice, (weights.get(choice) ?? 0) + weight);
    total += weight;
  }
  let winner: Choice = '';
  let most = -1;
  for (const [choice, weight] of weights) {
    if (weight > most) {
      winner = choice;
      most = weight;
    }
  }
  const tally = Object.fromEntries([...weights].map(([choice, weight]) => [String(choice), weight]));
  return { winner, tally, share: most / total };
}

function dissentFrom(winner: Choice, votes: readonly Vote[]) {
  return votes
    .filter((vote) => vote.choice !== winner)
    .map(({ label, choice, weight, reason }) => ({
      agent: label,
      choice,
      weight,
      ...(reason === undefined ? {} : { reason }),
    }));
}

function weightedScore(votes: readonly { weight: number; score: number | undefined }[]): number | null {
  let sum = 0;
  let weights = 0;
  for (const { weight, score } of votes) {
    if (score === undefined) continue;
    sum += score * weight;
    weights += weight;
  }
  return weights === 0 ? null : sum / weights;
}
