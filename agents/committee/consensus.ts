import type { Json } from '../../src/json.ts';
import { isRecord } from '../program/request.ts';

/** What the vote of the committee came to, in the committee's own unit of weight. */
export interface Consensus {
  /** The choice with the most weight; null when two have the same. */
  readonly choice: string | null;
  /** Its part of all weight, 0 to 1. */
  readonly share: number;
  /** Weighted mean of the scores, -1 to 1. */
  readonly score: number | null;
  /** Choice to weight. */
  readonly tally: { readonly [choice: string]: number };
  /** Agent to vote. */
  readonly votes: {
    readonly [agent: string]: { readonly choice: string; readonly weight: number; readonly score?: number };
  };
  readonly dissent: readonly {
    readonly agent: string;
    readonly choice: string;
    readonly weight: number;
    readonly reason?: string;
  }[];
}

/** The largest weight that a member's vote may have. */
const HEAVIEST = 1.3;

/** A ballot weighs by its confidence, which is at most 1. */
export function confidenceOf(weight: number): number {
  return weight / HEAVIEST;
}

/** The decision document of a consensus step as the committee reads it; undefined for anything else. */
export function readConsensus(value: Json | undefined): Consensus | undefined {
  if (!isRecord(value) || !isRecord(value.tally) || !isRecord(value.votes) || !('decision' in value))
    return undefined;
  const document = value as unknown as Decision;
  const votes = Object.entries(document.votes).map(([agent, { choice, weight, score }]) => [
    agent,
    { choice, weight: weight * HEAVIEST, ...(score === undefined ? {} : { score }) },
  ]);
  const tally = Object.entries(document.tally).filter(([, weight]) => weight > 0);
  return {
    choice: document.decision,
    share: document.support,
    score: document.score ?? null,
    tally: Object.fromEntries(tally.map(([choice, weight]) => [choice, weight * HEAVIEST])),
    votes: Object.fromEntries(votes),
    dissent: document.dissent.map(({ voter, choice, weight, reason }) => ({
      agent: voter,
      choice,
      weight: weight * HEAVIEST,
      ...(reason === undefined ? {} : { reason }),
    })),
  };
}

/** What of the document is read; see docs/consensus.md. */
interface Decision {
  readonly decision: string | null;
  readonly support: number;
  readonly score?: number;
  readonly tally: Consensus['tally'];
  readonly votes: Consensus['votes'];
  readonly dissent: readonly {
    readonly voter: string;
    readonly choice: string;
    readonly weight: number;
    readonly reason?: string;
  }[];
}
