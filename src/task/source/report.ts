import {
  DIAGNOSTIC_SEVERITIES,
  type Diagnostic,
  type DiagnosticCode,
  sortDiagnostics,
} from '../diagnostic.ts';
import type { Place } from './place.ts';

/** Collects the diagnostics of one source. */
export class Report {
  readonly #file: string;
  readonly #diagnostics: Diagnostic[] = [];
  #dropped = 0;

  constructor(file: string) {
    this.#file = file;
  }

  add(place: Place, code: DiagnosticCode, message: string, hint?: string): void {
    if (this.#diagnostics.length >= MAX_DIAGNOSTICS) {
      this.#dropped += 1;
      return;
    }
    const { line, column, path } = place;
    this.#diagnostics.push({
      file: this.#file,
      line,
      column,
      code,
      severity: DIAGNOSTIC_SEVERITIES[code],
      message: path === undefined || path === '' ? message : `${path}: ${message}`,
      ...(hint === undefined ? {} : { hint }),
    });
  }

  get hasErrors(): boolean {
    return this.#diagnostics.some(({ severity }) => severity === 'error');
  }

  /** Sorted. */
  list(): Diagnostic[] {
    const sorted = sortDiagnostics(this.#diagnostics);
    const last = sorted.at(-1);
    if (this.#dropped === 0 || last === undefined) return sorted;
    const message = `${this.#dropped} more problems are not shown`;
    return [...sorted, { ...last, code: 'OVER_LIMIT', severity: 'error', message, hint: undefined }];
  }
}

/** Enough for a person; a hostile file could have one for every character. */
const MAX_DIAGNOSTICS = 200;
