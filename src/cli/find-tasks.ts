import { readdir } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';

/** Files of a folder that may be tasks, sorted; empty when there is no such folder. A README is none. */
export async function taskFilesIn(dir: string): Promise<readonly string[]> {
  try {
    const names = await readdir(dir);
    return names
      .filter(mayBeTask)
      .toSorted()
      .map((name) => join(dir, name));
  } catch {
    // No such folder, or not for us to read: there is nothing to list either way.
    return [];
  }
}

function mayBeTask(name: string): boolean {
  const ending = extname(name);
  return ENDINGS.has(ending) && basename(name, ending).toLowerCase() !== 'readme' && !name.endsWith('.d.ts');
}

const ENDINGS: ReadonlySet<string> = new Set(['.md', '.yaml', '.yml', '.ts', '.mts', '.js', '.mjs']);
