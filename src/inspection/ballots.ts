import type { ConsensusContext } from '../../machines/consensus/context.ts';
import { ballotsOf, consensusOf } from '../../machines/consensus/poll.ts';
import type { Ballot } from '../../machines/consensus/rules.ts';
import { ballotRun, isBallotStep } from '../../machines/derived-steps.ts';
import type { Fold } from '../engine/fold.ts';
import type { BallotRow } from './documents.ts';

export function isStepOfBallot({ pinned }: Pick<Fold, 'pinned'>, step: string): boolean {
  return isBallotStep(pinned.stepsById.get(step));
}

/** Every ballot of a vote, round by round in file order; who has not voted in a round that is open is `missing`. Empty for other steps. */
export function ballotRowsOf(fold: Fold, run: string): readonly BallotRow[] {
  const { world } = fold;
  const step = world.stepsById.get(run);
  const phase = fold.pinned.phaseOfStep.get(run);
  if (step?.kind !== 'consensus' || phase === undefined) return [];
  const produce = world.ledger.phases.get(phase);
  const live = world.steps.get(run)?.getSnapshot().context as ConsensusContext | undefined;
  return (produce?.polls?.[run]?.rounds ?? []).flatMap((round, index) => {
    const number = index + 1;
    const place = { phase, step: run, run, round: number, firstRound: number };
    const given = new Map(ballotsOf(world, place).map((ballot) => [ballot.voter, ballot]));
    return consensusOf(world, run).voters.map((voter, slot): BallotRow => {
      const isPerson = voter.kind === 'person';
      const name = isPerson ? `person:${voter.name}` : voter.name;
      const ballot = given.get(name);
      const isSealed = live?.round === number && live.sealed.includes(slot);
      const at = isPerson
        ? round.cast.find(({ by }) => by === voter.name)?.at
        : produce?.results.get(ballotRun(voter.id, number))?.endedAt;
      return {
        round: number,
        voter: name,
        vote: ballot === undefined ? (isSealed ? 'sealed' : 'missing') : voteInWords(ballot),
        reason: round.void ?? reasonOf(ballot),
        weight: voter.weight,
        at: at ?? null,
      };
    });
  });
}

function voteInWords(ballot: Ballot): string {
  if (ballot.kind === 'abstained') return 'abstained';
  const { abstain, choice, ranking, scores, answer } = ballot.vote;
  if (abstain === true) return 'abstained';
  if (choice !== undefined) return choice;
  if (ranking !== undefined) return ranking.join(' > ');
  if (scores !== undefined)
    return Object.entries(scores)
      .map(([name, score]) => `${name} ${score}`)
      .join(', ');
  return JSON.stringify(answer ?? null);
}

function reasonOf(ballot: Ballot | undefined): string | null {
  if (ballot === undefined) return null;
  return (ballot.kind === 'abstained' ? ballot.reason : ballot.vote.reason) ?? null;
}
