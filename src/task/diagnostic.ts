/**
 * What a reader found in a task file. Diagnostics are collected, so that one reading shows all mistakes; they
 * are data, and nothing is thrown for them.
 */
export interface Diagnostic {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
  /** Stable, upper snake case; listed in docs/task-format.md. */
  readonly code: DiagnosticCode;
  readonly severity: 'error' | 'warning' | 'note';
  readonly message: string;
  /** What to write instead. */
  readonly hint?: string | undefined;
}

/** Every code a diagnostic may have, and how bad it is. */
export const DIAGNOSTIC_SEVERITIES = {
  BAD_DURATION: 'error',
  BAD_EFFECT: 'error',
  BAD_EXPRESSION: 'error',
  BAD_NAME: 'error',
  BAD_SCHEMA: 'error',
  BAD_TEMPLATE: 'error',
  BAD_TYPE: 'error',
  BAD_VALUE: 'error',
  BAD_VERSION: 'error',
  CYCLE: 'error',
  DUPLICATE_KEY: 'error',
  DUPLICATE_PHASE: 'error',
  DUPLICATE_STEP: 'error',
  EMPTY_PHASE: 'warning',
  IDLE_AGENT: 'warning',
  IRREVERSIBLE: 'error',
  MISSING_AGENTS: 'error',
  MISSING_BRANCH: 'error',
  MISSING_NAME: 'error',
  NAME_DIFFERS: 'note',
  NEVER_DUE: 'warning',
  NO_DEPENDENCIES: 'note',
  NO_PHASES: 'error',
  NOT_APPLIED: 'warning',
  NOT_LOADED: 'error',
  NOT_YET_SUPPORTED: 'error',
  NOT_UPSTREAM: 'error',
  OUTPUT_NOT_MADE: 'error',
  OVER_LIMIT: 'error',
  PLACEHOLDER: 'error',
  SHADOWED: 'warning',
  STRAY_CONTENT: 'error',
  UNKNOWN_AGENT: 'error',
  UNKNOWN_AGGREGATE: 'error',
  UNKNOWN_CHECKPOINT: 'error',
  UNKNOWN_KEY: 'error',
  UNKNOWN_KIND: 'error',
  UNKNOWN_PHASE: 'error',
  UNKNOWN_ROOT: 'error',
  UNKNOWN_SECTION: 'error',
  UNREACHABLE: 'error',
  UNREACHABLE_COMPENSATION: 'note',
  YAML_SYNTAX: 'error',
} as const satisfies Record<string, Diagnostic['severity']>;

export type DiagnosticCode = keyof typeof DIAGNOSTIC_SEVERITIES;

export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some(({ severity }) => severity === 'error');
}

/** In the order of the file; at one place, errors come before warnings and notes. */
export function sortDiagnostics(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  return diagnostics.toSorted(
    (a, b) =>
      compareText(a.file, b.file) ||
      a.line - b.line ||
      a.column - b.column ||
      SEVERITY_ORDER[a.severity] - SEVERITY_ORDER[b.severity] ||
      compareText(a.code, b.code),
  );
}

/**
 * Like a compiler prints them: `file:line:column: error CODE: message`, the line with a caret, the hint.
 *
 * @param contentOf the text of a file, when it is at hand; without it there are no excerpts
 */
export function renderDiagnostics(
  diagnostics: readonly Diagnostic[],
  contentOf: (file: string) => string | undefined = () => undefined,
): string {
  return diagnostics.map((diagnostic) => renderOne(diagnostic, contentOf(diagnostic.file))).join('\n');
}

const SEVERITY_ORDER = { error: 0, warning: 1, note: 2 } as const;

/** By code unit: the same on every machine, unlike `localeCompare`. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The widest excerpt; a longer line is cut around the caret. */
const EXCERPT_WIDTH = 120;

function renderOne(diagnostic: Diagnostic, content: string | undefined): string {
  const { file, line, column, severity, code, message, hint } = diagnostic;
  const excerpt = content?.split(/\r\n|\r|\n/)[line - 1];
  return [
    `${file}:${line}:${column}: ${severity} ${code}: ${message}`,
    ...(excerpt === undefined || excerpt.trim() === '' ? [] : renderExcerpt(excerpt, line, column)),
    ...(hint === undefined ? [] : [`  hint: ${hint}`]),
  ].join('\n');
}

function renderExcerpt(text: string, line: number, column: number): string[] {
  const start = column > EXCERPT_WIDTH ? column - EXCERPT_WIDTH / 2 : 0;
  const shown = text.slice(start, start + EXCERPT_WIDTH);
  const gutter = `  ${line} | `;
  // Tabs are kept, so that the caret stands under its character whatever their width.
  const indent = shown.slice(0, column - 1 - start).replace(/[^\t]/g, ' ');
  return [`${gutter}${shown}`, `${' '.repeat(gutter.length - 2)}| ${indent}^`];
}
