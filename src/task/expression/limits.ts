/** Bounds of expressions; documented in docs/task-format.md. */
export const EXPRESSION_LIMITS = {
  characters: 4096,
  depth: 32,
  nodes: 1000,
  /** Turns of all `all`, `exists`, `map` and `filter` of one evaluation together, and of what else takes time. */
  turns: 100_000,
  /** Parsed expressions kept. */
  cached: 500,
} as const;
