/** Bounds of templates; documented in docs/task-format.md. */
export const TEMPLATE_LIMITS = {
  characters: 64 * 1024,
  /** Time of one rendering: templates are rendered as effects, never in the fold. */
  renderMs: 1000,
  /** Liquid's own measure of what filters and loops create. */
  memory: 10_000_000,
  /** Parsed templates kept. */
  cached: 200,
} as const;
