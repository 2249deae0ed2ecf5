/** What a person says about an approval. */
export interface DecisionOptions {
  /** Who decides, as the front end knows it. */
  readonly by: string;
  /** May be left out where the execution asks only one thing. */
  readonly step?: string | undefined;
  readonly comment?: string | undefined;
  /** Digest of what the person saw; another one than the present is refused. Default: not compared. */
  readonly subject?: string | undefined;
}
