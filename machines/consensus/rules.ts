import type { Json } from '../../src/json.ts';
import type { Method, Vote } from '../../src/ports/ballot.ts';

/** How a poll is counted. Everything here comes from the file, and from what was found when the poll opened. */
export interface PollRules {
  readonly method: Method;
  /** In file order; empty for `agreement`. */
  readonly choices: readonly string[];
  /** In file order. */
  readonly voters: readonly PollVoter[];
  /** Share of the cast weight that the winner needs. */
  readonly threshold?: Share | undefined;
  /** Of `agreement`: how many have to give the same answer. */
  readonly agree?: number | undefined;
  /** Absent: more than half of the weight of all voters; for `agreement`, as many as have to agree. */
  readonly quorum?: { readonly voters: number } | { readonly share: Share } | undefined;
  /** Whose vote for `vetoes` decides alone. */
  readonly veto?: readonly string[] | undefined;
  readonly vetoes?: string | undefined;
  readonly score?: 'mean' | 'median' | undefined;
  readonly scale?: { readonly min: number; readonly max: number } | undefined;
}

export interface PollVoter {
  readonly name: string;
  readonly weight: number;
}

/** A fraction and not a float, so that two of three are two thirds. */
export interface Share {
  readonly numerator: number;
  readonly denominator: number;
}

/** What became of one voter's ballot. */
export type Ballot =
  | { readonly voter: string; readonly kind: 'cast'; readonly vote: Vote }
  | { readonly voter: string; readonly kind: 'abstained'; readonly reason: string };

/** A ballot that counts, with what it weighs. */
export interface Counted {
  readonly voter: string;
  readonly weight: number;
  readonly vote: Vote;
}

/** What a method makes of the ballots. */
export type Count =
  | {
      readonly kind: 'decided';
      readonly choice: Json;
      readonly tally: Tally;
      readonly stages?: readonly Tally[];
    }
  | {
      readonly kind: 'deadlock';
      readonly why: string;
      readonly tally: Tally;
      readonly stages?: readonly Tally[];
    };

export interface Tally {
  readonly [choice: string]: number;
}

/** Whether a sum is larger than another by more than the noise of floating point. */
export function isMore(a: number, b: number): boolean {
  return a - b > 1e-9 * Math.max(1, Math.abs(a), Math.abs(b));
}

/** Whether the part is at least that share of the whole. */
export function reaches(part: number, whole: number, { numerator, denominator }: Share): boolean {
  return !isMore(numerator * whole, denominator * part);
}

/** The keys with the largest number, in the order of the tally. */
export function leaders(tally: Tally): readonly string[] {
  let best: string[] = [];
  let most = Number.NEGATIVE_INFINITY;
  for (const [name, weight] of Object.entries(tally)) {
    if (best.length === 0 || isMore(weight, most)) {
      best = [name];
      most = weight;
    } else if (!isMore(most, weight)) {
      best.push(name);
    }
  }
  return best;
}

export function sumOf(ballots: readonly Counted[]): number {
  return ballots.reduce((sum, { weight }) => sum + weight, 0);
}

/** A tally that has every choice, also one that nobody made; in file order. */
export function emptyTally(choices: readonly string[]): Record<string, number> {
  return Object.fromEntries(choices.map((choice) => [choice, 0]));
}

export function quoted(names: readonly string[]): string {
  return names.map((name) => `'${name}'`).join(' and ');
}
