/** Bounds of task files; documented in docs/task-format.md. */
export const SOURCE_LIMITS = {
  fileBytes: 1024 * 1024,
  markdownLines: 20_000,
  /** Levels of lists and quotes, added up over all lines. */
  markdownMarkers: 20_000,
  yamlBytes: 256 * 1024,
  yamlAliases: 50,
  nesting: 100,
  /** Values in one YAML text with its aliases written out. */
  yamlValues: 50_000,
  /** Values in one definition from a program; what stands in several places counts each time. */
  codeValues: 500_000,
  /** Of all phases together; bullets times agents may be many more than the lines of a file. */
  steps: 50_000,
} as const;
