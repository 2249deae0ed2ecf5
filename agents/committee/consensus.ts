/** What `aggregate: weighted` makes of the votes. */
export interface Consensus {
  /** The choice with the most weight. */
  readonly choice: string;
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
