import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { type CliContext, pathOf } from './context.ts';

/** Reads files for excerpts in diagnostics; undefined for what cannot be read: what is wrong is said all the same. */
export function sourceText(context: CliContext): (file: string) => string | undefined {
  return (file) => {
    try {
      return readFileSync(pathOf(context, file), 'utf8');
    } catch {
      return undefined;
    }
  };
}

/** A path as a person would type it from the working directory. */
export function shownPath(file: string, cwd: string): string {
  const path = relative(cwd, file);
  return path === '' || path.startsWith('..') ? file : path;
}
