import type { StepIdentity } from '../step.ts';

export interface ConsensusContext extends StepIdentity {
  /** The present round, counted on over the tries of the phase; names the ballots' runs. 0 before the first. */
  readonly round: number;
  /** The first round of this try. */
  readonly firstRound: number;
  /** Of the round, or of its opening; ms since 1970. */
  readonly dueAt: number | undefined;
  readonly offeredAt: number;
  /** Voters whose step has not ended. */
  readonly live: number;
  /** Voters, by their place, whose host holds a sealed vote. */
  readonly sealed: readonly number[];
  /** The sealed votes of the round were asked for. */
  readonly revealed: boolean;
  /** Rounds of this try whose subject changed. */
  readonly voids: number;
  readonly outcome: 'again' | 'asks' | 'succeeded' | 'failed' | undefined;
}
