/** Randomness, so that a simulated world can seed it. */
export interface Random {
  /** A fresh id matching `[A-Za-z0-9_-]{1,64}`; time-ordered where the adapter can. */
  id(): string;
  /** A secret of at least 128 bits, URL-safe. */
  token(): string;
}
