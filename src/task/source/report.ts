import {
  DIAGNOSTIC_SEVERITIES,
  type Diagnostic,
  type DiagnosticCode,
  sortDiagnostics,
} from '../diagnostic.ts';
import type { Place } from './place.ts';

/** Words that are worked out only for a diagnostic that is kept. */
type Words = string | (() => string);

/**
 * Collects the diagnostics of one source: at most {@link MAX_DIAGNOSTICS} errors and as many others, so that no number of warnings
 * can hide that a task has errors.
 */
export class Report {
  readonly #file: string;
  readonly #errors: Diagnostic[] = [];
  readonly #others: Diagnostic[] = [];
  #dropped = 0;

  constructor(file: string) {
    this.#file = file;
  }

  add(place: Place, code: DiagnosticCode, message: Words, hint?: Words): void {
    const severity = DIAGNOSTIC_SEVERITIES[code];
    const kept = severity === 'error' ? this.#errors : this.#others;
    if (kept.length >= MAX_DIAGNOSTICS) {
      this.#dropped += 1;
      return;
    }
    const { line, column, path } = place;
    kept.push({
      file: this.#file,
      line,
      column,
      code,
      severity,
      message: said(path === undefined || path === '' ? message : `${path}: ${said(message)}`),
      ...(hint === undefined ? {} : { hint: said(hint) }),
    });
  }

  get hasErrors(): boolean {
    return this.#errors.length > 0;
  }

  /** Sorted. */
  list(): Diagnostic[] {
    const sorted = sortDiagnostics([...this.#errors, ...this.#others]);
    const last = sorted.at(-1);
    if (this.#dropped === 0 || last === undefined) return sorted;
    const message = `${this.#dropped} more problems are not shown`;
    const severity = this.hasErrors ? 'error' : 'warning';
    return [...sorted, { ...last, code: 'OVER_LIMIT', severity, message, hint: undefined }];
  }
}

/** Whole, unless it names something as long as no person would write it. */
function said(words: Words): string {
  const text = typeof words === 'string' ? words : words();
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
}

const LONGEST = 5_000;

/** Enough for a person; a hostile file could have one for every character. */
const MAX_DIAGNOSTICS = 200;
