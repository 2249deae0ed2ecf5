import { linkSync, lstatSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Random } from '../../ports/random.ts';

/** In the data folder. */
const FILE = 'inspector-token';

/**
 * The token of a data folder, made at the first call and kept in a file that only its user can read: a link, and a page that is
 * open, are good again after a restart. Whoever deletes the file has a new one made. Where no file can be kept, it is a new one
 * each time.
 */
export function keptToken(dir: string, random: Pick<Random, 'id' | 'token'>): string {
  const path = join(dir, FILE);
  const kept = readKept(path);
  if (kept !== undefined) return kept;
  const made = random.token();
  const draft = `${path}.${random.id()}`;
  try {
    writeFileSync(draft, `${made}\n`, { mode: 0o600, flag: 'wx' });
    if (isThere(path)) renameSync(draft, path);
    // Another process may be faster.
    else linkSync(draft, path);
  } catch {
    // What is there by now decides.
  } finally {
    rmSync(draft, { force: true });
  }
  return readKept(path) ?? made;
}

/** Undefined when there is none, or none that only its user could read and that nobody guesses. */
function readKept(path: string): string | undefined {
  try {
    const { mode, uid } = lstatSync(path);
    const isPrivate = (mode & 0o170077) === REGULAR && (process.getuid?.() ?? uid) === uid;
    const text = isPrivate ? readFileSync(path, 'utf8').trim() : '';
    return /^[\w-]{32,256}$/.test(text) ? text : undefined;
  } catch {
    return undefined;
  }
}

/** The mode of a file that is no link and no folder, closed to all others. */
const REGULAR = 0o100000;

function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}
