import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileUnusable, wouldOverwrite } from '../../errors.ts';
import type { StarterFile } from './files.ts';

/**
 * Writes the files into the folder, which is made when it is missing, and keeps the state folder out of git.
 *
 * Throws WOULD_OVERWRITE before anything is written, FILE_UNUSABLE.
 *
 * @returns what was written, relative to the folder
 */
export function writeStarter(dir: string, files: readonly StarterFile[]): readonly string[] {
  const present = files.map(({ path }) => path).filter((path) => existsSync(join(dir, path)));
  if (present.length > 0) throw wouldOverwrite(present);
  try {
    // Folders first: where one cannot be made, nothing is written.
    for (const { path } of files) mkdirSync(dirname(join(dir, path)), { recursive: true });
    // `wx`: never over a file that came meanwhile.
    for (const { path, content } of files) writeFileSync(join(dir, path), content, { flag: 'wx' });
    const isIgnored = ignoreState(join(dir, '.gitignore'));
    return [...files.map(({ path }) => path), ...(isIgnored ? ['.gitignore'] : [])];
  } catch (error) {
    throw fileUnusable(dir, error instanceof Error ? error.message : String(error), error);
  }
}

/** Adds the state folder to .gitignore; false when it is there already. */
function ignoreState(path: string): boolean {
  const before = existsSync(path) ? readFileSync(path, 'utf8') : '';
  if (/^\/?\.troupe\/?$/m.test(before)) return false;
  writeFileSync(path, `${before}${before === '' || before.endsWith('\n') ? '' : '\n'}.troupe/\n`);
  return true;
}
