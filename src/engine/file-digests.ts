import { createHash } from 'node:crypto';
import type { Digests } from '../../machines/ledger.ts';
import type { WorkingFiles } from '../ports/working-files.ts';
import { digestOfFile } from './subject-digest.ts';

/** More files, or longer names, and a folder gets one digest for all that is in it: a record has to carry them. */
const MOST_LISTED_BYTES = 48 * 1024;

/**
 * sha256 in hex of each file by its path; of a folder, of all files in it; null where there is nothing. Throws, in words for a person, when
 * a path leads out of the working directory or cannot be read.
 */
export async function fileDigests(paths: readonly string[], files: WorkingFiles): Promise<Digests> {
  const parts: Digests[] = [];
  for (const path of paths) parts.push(await digestsBelow(path, files));
  const all: Digests = Object.assign({}, ...parts);
  if (JSON.stringify(all).length <= MOST_LISTED_BYTES) return all;
  return Object.fromEntries(paths.map((path, index) => [path, digestOfAll(parts[index] ?? {}, path)]));
}

async function digestsBelow(path: string, files: WorkingFiles): Promise<Digests> {
  const found = await files.list(path);
  if (found === undefined) return { [path]: null };
  const digests: Record<string, string> = {};
  for (const file of found) digests[file] = (await digestOfFile(file, files)).digest.slice('sha256:'.length);
  return digests;
}

function digestOfAll(digests: Digests, path: string): string | null {
  const own = digests[path];
  if (own !== undefined) return own;
  return createHash('sha256')
    .update(JSON.stringify(Object.entries(digests).sort()))
    .digest('hex');
}
