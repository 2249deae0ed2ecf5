import type { Json } from '../../src/json.ts';
import { type BallotPaper, type OtherVote, readVote } from '../../src/ports/ballot.ts';
import type { ConsensusStep, Voter } from '../../src/task/definition.ts';
import { ballotRun } from '../derived-steps.ts';
import type { Poll, PollRound, StepResult } from '../ledger.ts';
import { stepOf, type World } from '../world.ts';
import type { ConsensusContext } from './context.ts';
import { isVeto } from './decide.ts';
import type { Ballot, PollRules } from './rules.ts';

/** What a consensus reads from the ledger: its rounds, and the ballots in them. Pure. */

/** Where a consensus stands; its actor's context is one. */
export interface PollPlace {
  readonly phase: string;
  /** Of the consensus. */
  readonly step: string;
  readonly run: string;
  readonly round: number;
  readonly firstRound: number;
}

type PollWorld = Pick<World, 'ledger' | 'stepsById' | 'definition' | 'agents'>;

export function pollOf(
  { ledger }: PollWorld,
  { phase, run }: Pick<PollPlace, 'phase' | 'run'>,
): Poll | undefined {
  return ledger.phases.get(phase)?.polls?.[run];
}

/** Throws before the round is open. */
export function presentRound(context: ConsensusContext): PollRound {
  const round = pollOf(context.world(), context)?.rounds[context.round - 1];
  if (round === undefined) throw new Error(`Round ${context.round} of ${context.run} is not open`);
  return round;
}

export function consensusOf(world: PollWorld, step: string): ConsensusStep {
  const found = stepOf(world as World, step);
  if (found.kind !== 'consensus') throw new Error(`Step ${step} is a ${found.kind} step, not a consensus`);
  return found;
}

/** What stands on the ballots of the round. */
export function paperOf(world: PollWorld, place: PollPlace): BallotPaper {
  const step = consensusOf(world, place.step);
  const poll = pollOf(world, place);
  const round = poll?.rounds[place.round - 1];
  const choices = round?.choices ?? (Array.isArray(step.choices) ? step.choices : undefined);
  const others = othersIn(world, place);
  return {
    question: round?.question ?? step.question,
    ...(choices === undefined ? {} : { choices }),
    method: step.method,
    round: place.round - Math.max(0, place.firstRound - 1),
    ...(round?.subject === undefined ? {} : { subject: { digest: round.subject } }),
    ...(others.length === 0 ? {} : { others }),
    ...(step.sealed === true ? { sealed: true } : {}),
    ...(step.method === 'score' ? { scale: step.scale ?? { min: 0, max: 10 } } : {}),
    ...(step.of === undefined ? {} : { of: step.of }),
  };
}

/** The rules that the round is counted by. */
export function rulesOf(world: PollWorld, place: PollPlace): PollRules {
  const step = consensusOf(world, place.step);
  const { choices = [] } = paperOf(world, { ...place, firstRound: place.round });
  const { method, voters, threshold, agree, quorum, veto, vetoes, score, scale } = step;
  return {
    method,
    choices,
    voters: voters.map((voter) => ({ name: nameOf(voter), weight: voter.weight })),
    threshold,
    agree,
    quorum,
    veto,
    vetoes: veto === undefined ? undefined : (vetoes ?? choices.at(-1)),
    score,
    scale,
  };
}

/** How a voter is called in files and decisions. */
function nameOf({ kind, name }: Voter): string {
  return kind === 'person' ? `person:${name}` : name;
}

/** All ballots of the round as far as they are there, in file order; who is still asked has none. */
export function ballotsOf(world: PollWorld, place: PollPlace): readonly Ballot[] {
  const step = consensusOf(world, place.step);
  const paper = paperOf(world, { ...place, firstRound: place.round });
  const taken = new Map<string, string>();
  return step.voters.flatMap((voter) => {
    const ballot = ballotOf(world, place, voter, paper);
    if (ballot === undefined) return [];
    const twin = ballot.kind === 'cast' ? twinOf(world, place, step, voter, taken) : undefined;
    return twin === undefined
      ? [ballot]
      : [{ voter: ballot.voter, kind: 'abstained' as const, reason: `has the ${step.distinct} of ${twin}` }];
  });
}

function ballotOf(world: PollWorld, place: PollPlace, voter: Voter, paper: BallotPaper): Ballot | undefined {
  const name = nameOf(voter);
  if (voter.kind === 'person') {
    const cast = pollOf(world, place)?.rounds[place.round - 1]?.cast.find(({ by }) => by === voter.name);
    return cast === undefined ? undefined : read(name, undefined, cast.vote, paper);
  }
  const result = world.ledger.phases.get(place.phase)?.results.get(ballotRun(voter.id, place.round));
  if (result === undefined) return undefined;
  if (result.status !== 'succeeded') return { voter: name, kind: 'abstained', reason: whyNot(result) };
  const { ballot } = result;
  if (ballot?.subject !== undefined && ballot.subject !== paper.subject?.digest)
    return { voter: name, kind: 'abstained', reason: 'voted on another subject' };
  return read(name, result.output, ballot?.vote, paper);
}

function read(voter: string, output: Json | undefined, said: Json | undefined, paper: BallotPaper): Ballot {
  const { vote, misfit } = readVote(output, said, paper);
  if (vote !== undefined) return { voter, kind: 'cast', vote };
  return { voter, kind: 'abstained', reason: `invalid ballot: ${misfit}` };
}

function whyNot({ status, error }: StepResult): string {
  if (status === 'cancelled') return 'did not vote in time';
  return error?.message ?? 'failed';
}

/** Of two voters with the same host or model family only the first in file order has a ballot; people are their own. */
function twinOf(
  world: PollWorld,
  place: PollPlace,
  { distinct }: ConsensusStep,
  voter: Voter,
  taken: Map<string, string>,
): string | undefined {
  if (distinct === undefined || voter.kind === 'person') return undefined;
  const mark =
    distinct === 'family'
      ? familyOf(world.agents.get(voter.name))
      : world.ledger.phases.get(place.phase)?.results.get(ballotRun(voter.id, place.round))?.ballot?.host;
  if (mark === undefined || mark === '') return undefined;
  const twin = taken.get(mark);
  if (twin === undefined) taken.set(mark, voter.name);
  return twin;
}

/** The first word of the agent's model: `claude` of `claude-opus-4`. */
export function familyOf(agent: object | undefined): string | undefined {
  const { family, model } = (agent ?? {}) as { family?: unknown; model?: unknown };
  if (typeof family === 'string') return family;
  return typeof model === 'string' ? model.split(/[-/:\s]/, 1)[0] : undefined;
}

/** Whether every voter has voted, abstained, or sealed a vote. */
export function isWholePoll(context: ConsensusContext): boolean {
  if (context.live > context.sealed.length) return false;
  const step = consensusOf(context.world(), context.step);
  const { cast } = presentRound(context);
  return step.voters.every(({ kind, name }) => kind === 'agent' || cast.some(({ by }) => by === name));
}

/** Who has a ballot in the round, or has sealed one, and who is still to vote; in file order. */
export function turnoutOf(
  world: PollWorld,
  place: PollPlace & { readonly sealed: readonly number[] },
): { readonly voted: readonly string[]; readonly missing: readonly string[] } {
  const given = new Set(ballotsOf(world, place).map(({ voter }) => voter));
  const names = consensusOf(world, place.step).voters.map(nameOf);
  const hasVoted = (name: string, index: number): boolean => given.has(name) || place.sealed.includes(index);
  return {
    voted: names.filter(hasVoted),
    missing: names.filter((name, index) => !hasVoted(name, index)),
  };
}

/** Whether an open ballot decides alone; a sealed one is nobody's to know. */
export function hasVetoed(context: ConsensusContext): boolean {
  const world = context.world();
  const { veto, sealed } = consensusOf(world, context.step);
  if (veto === undefined || sealed === true) return false;
  const rules = rulesOf(world, context);
  return ballotsOf(world, context).some(
    (ballot) => ballot.kind === 'cast' && isVeto(ballot.voter, ballot.vote, rules),
  );
}

interface Cast {
  readonly by: string;
  readonly vote: Json;
  readonly subject?: string | undefined;
}

/** Whether a person may vote so, now: the first ballot counts, for what the round is about. */
export function mayCast(context: ConsensusContext, cast: Cast): boolean {
  return castProblem(context.world(), context, cast) === undefined;
}

export type CastProblem = 'not-entitled' | 'duplicate-ballot' | 'ballot-misfit' | 'subject-changed';

export function castProblem(
  world: PollWorld,
  place: PollPlace,
  { by, vote, subject }: Cast,
): CastProblem | undefined {
  const { voters } = consensusOf(world, place.step);
  if (!voters.some(({ kind, name }) => kind === 'person' && name === by)) return 'not-entitled';
  const round = pollOf(world, place)?.rounds[place.round - 1];
  if (round?.cast.some((cast) => cast.by === by) === true) return 'duplicate-ballot';
  if (subject !== undefined && subject !== round?.subject) return 'subject-changed';
  return readVote(undefined, vote, paperOf(world, place)).vote === undefined ? 'ballot-misfit' : undefined;
}

export function takeBallot(context: ConsensusContext, { by, vote }: Cast): void {
  presentRound(context).cast.push({ by, vote, at: context.world().now });
}

/** What the voters said in the round before, where it counted. */
function othersIn(world: PollWorld, place: PollPlace): readonly OtherVote[] {
  if (place.round <= place.firstRound) return [];
  const before = { ...place, round: place.round - 1, firstRound: place.round - 1 };
  if (pollOf(world, place)?.rounds[before.round - 1]?.void !== undefined) return [];
  return ballotsOf(world, before).flatMap((ballot) =>
    ballot.kind === 'cast' ? [{ voter: ballot.voter, ...ballot.vote }] : [],
  );
}
