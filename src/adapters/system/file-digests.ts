import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { FileDigests } from '../../ports/file-digests.ts';

/** More files, or longer names, and a folder gets one digest for all that is in it: a record has to carry them. */
const MOST_LISTED_BYTES = 48 * 1024;

/** Files below a directory. */
export function fileDigestsIn(directory: string): FileDigests {
  return {
    digest: async (paths) => {
      const root = await realpath(directory);
      const parts = await Promise.all(paths.map((path) => digestsOf(root, path)));
      const all = Object.assign({}, ...parts) as { [path: string]: string | null };
      if (JSON.stringify(all).length <= MOST_LISTED_BYTES) return all;
      return Object.fromEntries(paths.map((path, index) => [path, digestOfAll(parts[index] ?? {}, path)]));
    },
  };
}

type Digests = { readonly [path: string]: string | null };

async function digestsOf(root: string, path: string): Promise<Digests> {
  const place = await placeOf(root, path);
  if (place === undefined) return { [path]: null };
  const found = await stat(place);
  if (found.isFile()) return { [path]: await digestOf(place) };
  if (!found.isDirectory()) throw new Error(`${path} is neither a file nor a folder`);
  const digests: Record<string, string | null> = {};
  for (const file of await filesIn(place)) {
    digests[join(path, relative(place, file)).split(sep).join('/')] = await digestOf(file);
  }
  return digests;
}

/** Where it really is; undefined when there is nothing. */
async function placeOf(root: string, path: string): Promise<string | undefined> {
  if (isAbsolute(path) || !isWithin(root, resolve(root, path)))
    throw new Error(`${path} is outside of the working directory`);
  let place: string;
  try {
    place = await realpath(resolve(root, path));
  } catch (error) {
    if (NOTHING_THERE.has((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
  if (!isWithin(root, place)) throw new Error(`${path} leads out of the working directory`);
  return place;
}

const NOTHING_THERE: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR']);

function isWithin(root: string, place: string): boolean {
  const way = relative(root, place);
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}

/** Links inside a folder are not followed: they may lead anywhere. */
async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

function digestOfAll(digests: Digests, path: string): string | null {
  const own = digests[path];
  if (own !== undefined) return own;
  return createHash('sha256')
    .update(JSON.stringify(Object.entries(digests).sort()))
    .digest('hex');
}
