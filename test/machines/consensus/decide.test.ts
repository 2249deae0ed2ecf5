import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from '../../../machines/consensus/decide.ts';
import type { Ballot, PollRules } from '../../../machines/consensus/rules.ts';
import type { Json } from '../../../src/json.ts';
import { METHODS, type Method, type Vote } from '../../../src/ports/ballot.ts';
import { referenceOf } from './reference.ts';

const CHOICES = ['A', 'B', 'C', 'D'];
const NAMES = ['v1', 'v2', 'v3', 'v4', 'v5', 'v6', 'v7'];

interface Poll {
  readonly rules: PollRules;
  readonly ballots: readonly Ballot[];
}

function voteBy(method: Method, choices: readonly string[]): fc.Arbitrary<Vote> {
  switch (method) {
    case 'ranked':
    case 'condorcet':
      return fc
        .shuffledSubarray([...choices], { minLength: 1 })
        .map((ranking) => ({ ranking, reason: 'ranked' }));
    case 'score':
      return fc
        .array(fc.integer({ min: 0, max: 10 }), { minLength: choices.length, maxLength: choices.length })
        .map((scores) => ({
          scores: Object.fromEntries(choices.map((choice, at) => [choice, scores[at] ?? 0])),
        }));
    case 'agreement':
      return fc
        .constantFrom<Json>({ a: 1, b: 2 }, { b: 2, a: 1 }, { a: 2 }, 'x')
        .map((answer) => ({ answer }));
    default:
      return fc.record(
        { choice: fc.constantFrom(...choices), confidence: fc.constantFrom(0, 0.25, 0.5, 1) },
        { requiredKeys: ['choice'] },
      );
  }
}

function pollBy(method: Method): fc.Arbitrary<Poll> {
  const choices = fc.integer({ min: 1, max: CHOICES.length }).map((count) => CHOICES.slice(0, count));
  const voters = fc.integer({ min: 1, max: NAMES.length }).map((count) => NAMES.slice(0, count));
  return fc.tuple(choices, voters).chain(([named, names]) =>
    fc
      .record({
        weights: fc.array(fc.integer({ min: 0, max: 4 }), {
          minLength: names.length,
          maxLength: names.length,
        }),
        quorum: fc.constantFrom<PollRules['quorum']>(
          undefined,
          undefined,
          { voters: 1 },
          { voters: 3 },
          { share: { numerator: 2, denominator: 3 } },
        ),
        threshold: fc.constantFrom(
          undefined,
          { numerator: 2, denominator: 3 },
          { numerator: 1, denominator: 2 },
          { numerator: 66, denominator: 100 },
        ),
        agree: fc.constantFrom(undefined, 1, 2, 3),
        score: fc.constantFrom<'mean' | 'median'>('mean', 'median'),
        hasVeto: fc.constantFrom(false, false, true),
        ballots: fc.array(
          fc.oneof(
            { weight: 6, arbitrary: voteBy(method, named).map((vote) => ({ kind: 'cast' as const, vote })) },
            {
              weight: 1,
              arbitrary: fc.constant({ kind: 'cast' as const, vote: { abstain: true as const } }),
            },
            { weight: 1, arbitrary: fc.constant({ kind: 'abstained' as const, reason: 'crashed' }) },
          ),
          { minLength: names.length, maxLength: names.length },
        ),
        present: fc.subarray([...names]),
      })
      .map(({ weights, ballots, present, hasVeto, ...rest }) => ({
        rules: {
          method,
          choices: method === 'agreement' ? [] : named,
          voters: names.map((name, at) => ({ name, weight: weights[at] ?? 1 })),
          ...rest,
          ...(hasVeto ? { veto: ['v1'], vetoes: named.at(-1) } : {}),
        },
        ballots: names.flatMap((voter, at) => {
          const ballot = ballots[at];
          return ballot !== undefined && present.includes(voter) ? [{ voter, ...ballot }] : [];
        }),
      })),
  );
}

describe.each(METHODS)('the method %s', (method) => {
  const poll = pollBy(method);

  it('comes to the same in whatever order the ballots came', () => {
    fc.assert(
      fc.property(poll, fc.infiniteStream(fc.nat()), ({ rules, ballots }, keys) => {
        const order = [...keys.take(ballots.length)];
        const shuffled = ballots.map((ballot, at) => ({ ballot, key: order[at] ?? 0 }));
        const other = shuffled.sort((a, b) => a.key - b.key).map(({ ballot }) => ballot);
        expect(decide(rules, other)).toEqual(decide(rules, ballots));
        expect(decide(rules, ballots.toReversed())).toEqual(decide(rules, ballots));
      }),
    );
  });

  it('counts a ballot once, and none of somebody who is no voter', () => {
    fc.assert(
      fc.property(poll, ({ rules, ballots }) => {
        const once = decide(rules, ballots);
        expect(decide(rules, [...ballots, ...ballots])).toEqual(once);
        const stranger = { voter: 'stranger', kind: 'cast', vote: { choice: 'A', answer: 'x' } } as const;
        expect(decide(rules, [stranger, ...ballots])).toEqual(once);
      }),
    );
  });

  it('decides nothing without a quorum, but by a veto', () => {
    fc.assert(
      fc.property(poll, ({ rules, ballots }) => {
        const verdict = decide(rules, ballots);
        if (verdict.veto === undefined && !verdict.quorum.isMet) expect(verdict.kind).toBe('deadlock');
        if (ballots.length === 0) expect(verdict.kind).toBe('deadlock');
      }),
    );
  });

  it('agrees with a count by hand', () => {
    fc.assert(
      fc.property(poll, ({ rules, ballots }) => {
        const verdict = decide(rules, ballots);
        expect(verdict.kind === 'decided' ? verdict.choice : undefined).toEqual(referenceOf(rules, ballots));
      }),
      { numRuns: 1000 },
    );
  });

  it('tells of every voter: as a vote, or as an abstention', () => {
    fc.assert(
      fc.property(poll, ({ rules, ballots }) => {
        const { votes, abstentions } = decide(rules, ballots);
        const told = [...Object.keys(votes), ...abstentions.map(({ voter }) => voter)];
        expect(told.sort()).toEqual(rules.voters.map(({ name }) => name).sort());
      }),
    );
  });
});

const MONOTONE = METHODS.filter((method) => method !== 'ranked' && method !== 'agreement');

describe.each(MONOTONE)('the method %s', (method) => {
  it('keeps its winner when a ballot comes to favour it more', () => {
    fc.assert(
      fc.property(pollBy(method), fc.nat(), ({ rules, ballots }, at) => {
        const { kind, choice, veto } = decide(rules, ballots);
        fc.pre(kind === 'decided' && veto === undefined && ballots.length > 0);
        const index = at % ballots.length;
        const raised = ballots.map((ballot, place) =>
          place === index ? favouring(ballot, choice as string) : ballot,
        );
        expect(decide(rules, raised)).toMatchObject({ kind: 'decided', choice });
      }),
    );
  });
});

function favouring(ballot: Ballot, choice: string): Ballot {
  if (ballot.kind !== 'cast' || ballot.vote.abstain === true) return ballot;
  const { ranking, scores } = ballot.vote;
  if (ranking !== undefined)
    return { ...ballot, vote: { ranking: [choice, ...ranking.filter((name) => name !== choice)] } };
  if (scores !== undefined) return { ...ballot, vote: { scores: { ...scores, [choice]: 10 } } };
  return { ...ballot, vote: { ...ballot.vote, choice } };
}

describe('decide', () => {
  const three = ['a', 'b', 'c'].map((name) => ({ name, weight: 1 }));
  const cast = (voter: string, vote: Vote): Ballot => ({ voter, kind: 'cast', vote });

  it('takes two of three for two thirds', () => {
    const rules = { method: 'supermajority', choices: ['yes', 'no'], voters: three } as const;
    const ballots = [cast('a', { choice: 'yes' }), cast('b', { choice: 'yes' }), cast('c', { choice: 'no' })];
    expect(decide(rules, ballots)).toMatchObject({ kind: 'decided', choice: 'yes', support: 2 / 3 });
  });

  it('says why nothing was decided', () => {
    const rules = { method: 'unanimous', choices: ['yes', 'no'], voters: three } as const;
    const ballots = [cast('a', { choice: 'yes' }), cast('b', { choice: 'yes' }), cast('c', { choice: 'no' })];
    expect(decide(rules, ballots)).toMatchObject({
      kind: 'deadlock',
      why: "'yes' has 67 % of the cast weight, which is not enough.",
      dissent: [],
    });
    expect(decide(rules, [])).toMatchObject({ why: 'Too few voted: there is no quorum.' });
  });

  it('sends the weakest out one after the other, and shows each count', () => {
    const rules = {
      method: 'ranked',
      choices: ['red', 'green', 'blue'],
      voters: [
        { name: 'a', weight: 4 },
        { name: 'b', weight: 3 },
        { name: 'c', weight: 2 },
      ],
    } as const;
    const ballots = [
      cast('a', { ranking: ['red'] }),
      cast('b', { ranking: ['green', 'blue'] }),
      cast('c', { ranking: ['blue', 'green'] }),
    ];
    expect(decide(rules, ballots)).toMatchObject({
      choice: 'green',
      stages: [
        { red: 4, green: 3, blue: 2 },
        { red: 4, green: 5 },
      ],
    });
  });
});
